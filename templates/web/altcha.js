/*
  Solves the ALTCHA challenge of a sign-up form and puts the proof into its field `altcha`, from the first touch of the
  form on, so that few people wait. What goes wrong is left to the server, which says what to do.
*/
(() => {
    "use strict";
    const BATCH = 500;
    const GOOD_FOR = 15 * 60 * 1000; // milliseconds; the server takes it for some minutes more
    const address = document.currentScript.dataset.challenge;
    const field = document.querySelector("input[name=altcha]");
    const form = field.form;
    const encoder = new TextEncoder();
    let work = null;
    let until = 0;
    let isSending = false;

    const hash = async (text) => {
        const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    };

    const find = async ({ challenge, maxnumber, salt }) => {
        for (let first = 0; first <= maxnumber; first += BATCH) {
            const tried = Array.from({ length: BATCH }, (_, index) => hash(salt + (first + index)));
            const index = (await Promise.all(tried)).indexOf(challenge);
            if (index >= 0) {
                return first + index;
            }
        }
        throw new Error("no number solves the challenge");
    };

    const solve = async () => {
        const asked = await (await fetch(address, { credentials: "omit", cache: "no-store" })).json();
        const { algorithm, challenge, salt, signature } = asked;
        const number = await find(asked);
        field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    };

    const begin = () => {
        if (Date.now() >= until) {
            until = Date.now() + GOOD_FOR;
            field.value = "";
            work = solve().catch(() => {});
        }
        return work;
    };

    // Who comes back to this page has sent the proof already.
    window.addEventListener("pageshow", (event) => {
        if (event.persisted) {
            until = 0;
            isSending = false;
        }
    });
    form.addEventListener("focusin", begin);
    form.addEventListener("submit", async (event) => {
        if (field.value && Date.now() < until) {
            return;
        }
        event.preventDefault();
        if (isSending) {
            return;
        }
        isSending = true;
        await begin();
        form.submit();
    });
})();
