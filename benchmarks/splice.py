"""How long one message of a mailing takes: our splice, with DKIM and without, beside Python's own EmailMessage.

    python benchmarks/splice.py [--messages 100000]

The peer builds each message from the same subject, headers and bodies with base64 chosen for it, replaces the token in
both bodies and serialises; it runs on a hundredth of the messages, because it is that much slower. Signed messages are
a tenth. What RSA alone takes stands beside them, since that is the library's part and most of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from publisher.addresses import Mailbox
from publisher.mail.compile import Letterhead, Personal, compile_issue, unsubscribe_mailto
from publisher.mail.dkimkeys import SigningKey
from publisher.mail.slots import Slot, field_slot, new_marker, word
from publisher.model.rendered import RenderedIssue

PEER = "email.message.EmailMessage"
UNSUBSCRIBE = "unsubscribe@news.example.com"
LETTERHEAD = Letterhead(
    sender=Mailbox("ミライ技術ノート", "news@example.com"),
    reply_to=None,
    list_name="週刊ミライ技術ノート",
    list_id="weekly.news.example.com",
    unsubscribe_address=UNSUBSCRIBE,
    feedback_id="12:weekly:digest:publisher",
)
_BATCH = 100
TITLE = "📮 今週のミライ技術ノート：小さな衛星、大きな電池、そしてAIの話 🚀"
SENTENCE = "軽くて丈夫な電池ができると、遠くの村にも夜の明かりが届きます🔋。"
CARD = '<tr><td style="padding:16px 24px;color:#1c2733;line-height:1.8"><p style="margin:0">{}</p></td></tr>\n'


@dataclass(frozen=True, slots=True)
class Timing:
    name: str
    messages: int
    seconds: float  # of CPU, for one
    size: int

    @property
    def microseconds(self) -> float:
        return self.seconds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Splice personal messages; compare with EmailMessage.")
    parser.add_argument("--messages", type=int, default=100_000)
    messages: int = parser.parse_args().messages

    rendered = render_issue(new_marker())
    people = make_people(messages)
    started = time.perf_counter()
    compiled = compile_issue(rendered, LETTERHEAD)
    compiling = time.perf_counter() - started
    greeting = compile_issue(add_values(rendered), LETTERHEAD)
    rsa_key, ed25519_key = make_keys()
    tenth = people[: max(1, messages // 10)]

    def sign_with(*keys: SigningKey) -> Callable[[Personal], bytes]:
        return lambda person: compiled.splice(person, keys)

    alone = time_alone(rsa_key)
    timings = [
        measure("publisher: splice", people, compiled.splice),
        measure("  and values of the reader", people, greeting.splice),
        measure("  and Ed25519", tenth, sign_with(ed25519_key)),
        measure("  and RSA-2048", tenth, sign_with(rsa_key)),
        measure("  and both", tenth, sign_with(rsa_key, ed25519_key)),
        measure(PEER, people[: max(1, messages // 100)], lambda person: build_peer(rendered, person)),
    ]
    print_report(rendered, compiled.html.encoding, compiling, timings)
    print_signing(alone, measure_threads(tenth, sign_with(rsa_key)))


def make_keys() -> tuple[SigningKey, SigningKey]:
    secrets = (rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate())
    return SigningKey("example.com", "rsa1", secrets[0]), SigningKey("example.com", "ed1", secrets[1])


def time_alone(key: SigningKey) -> float:
    """Seconds for one signature over as many bytes as the headers of a message have."""
    return min(time_batch(make_people(20), lambda _: key.sign(bytes(1000))) for _ in range(50))


def measure_threads(people: Sequence[Personal], build: Callable[[Personal], bytes]) -> tuple[float, float]:
    """With a thread on each core: seconds of CPU for one message, and messages in a second; of the quickest batches."""
    found = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(people), _BATCH):
            batch = people[start : start + _BATCH]
            started, cpu = time.perf_counter(), time.process_time()
            for _ in threads.map(build, batch):
                pass
            found.append(((time.process_time() - cpu) / len(batch), len(batch) / (time.perf_counter() - started)))
    return min(cpu for cpu, _ in found), max(rate for _, rate in found)


def render_issue(marker: str) -> RenderedIssue:
    """A digest of 30 KB of HTML, as the templates would hand it over."""
    uri = unsubscribe_mailto(UNSUBSCRIBE, word(marker, Slot.UNSUBSCRIBE))
    cards = ""
    while len(cards.encode()) < 29_500:
        cards += CARD.format(SENTENCE * 3)
    text = f"{SENTENCE}\n\n" * 40 + f"配信停止: {uri}\n"
    body = f'<html lang="ja"><body><table role="presentation">{cards}</table><a href="{uri}">配信停止</a></body></html>'
    return RenderedIssue(subject=TITLE, text=text, html=body, language="ja", marker=marker)


def add_values(rendered: RenderedIssue) -> RenderedIssue:
    """The same issue with a name in its subject, and name and city in both parts."""
    name, city = (word(rendered.marker, field_slot(number)) for number in range(2))
    greeting = f"{name}さん、{city}の天気はいかがですか。"
    return replace(
        rendered,
        subject=f"{name}さんへ {rendered.subject}",
        text=f"{greeting}\n\n{rendered.text}",
        html=rendered.html.replace("<table", f"<p>{greeting}</p><table", 1),
        fields=(("name", "読者"), ("city", "お住まいの町")),
    )


def make_people(count: int) -> list[Personal]:
    start = datetime(2026, 1, 8, 8, tzinfo=UTC)
    return [
        Personal(
            email=f"reader{number}@example.com",
            name=f"読者 {number} 号",
            unsubscribe_token=f"v1.{number:08d}.2mJ5tq0yZk7WbX1cVn4sRd9e",
            message_id=f"7.{number}.c0ffee@news.example.com",
            date=start + timedelta(milliseconds=number),
            fields={"city": f"架空町{number}"},
        )
        for number in range(count)
    ]


def build_peer(rendered: RenderedIssue, person: Personal) -> bytes:
    placeholder = word(rendered.marker, Slot.UNSUBSCRIBE)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(LETTERHEAD.sender.name, addr_spec=LETTERHEAD.sender.email)
    message["To"] = Address(person.name, addr_spec=person.email)
    message["Subject"] = rendered.subject
    message["Date"] = person.date
    message["Message-ID"] = f"<{person.message_id}>"
    message["List-Unsubscribe"] = f"<{unsubscribe_mailto(UNSUBSCRIBE, person.unsubscribe_token)}>"
    message["List-Id"] = f"{LETTERHEAD.list_name} <{LETTERHEAD.list_id}>"
    message["Feedback-ID"] = LETTERHEAD.feedback_id
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text.replace(placeholder, person.unsubscribe_token), cte="base64")
    message.add_alternative(rendered.html.replace(placeholder, person.unsubscribe_token), subtype="html", cte="base64")
    return message.as_bytes()


def measure(name: str, people: Sequence[Personal], build: Callable[[Personal], bytes]) -> Timing:
    """The quickest of all batches, so that a busy neighbour on the machine counts as little as possible."""
    size = sum(len(build(person)) for person in people[:10]) // len(people[:10])
    batches = [people[start : start + _BATCH] for start in range(0, len(people), _BATCH)]
    return Timing(name, len(people), min(time_batch(batch, build) for batch in batches), size)


def time_batch(people: Sequence[Personal], build: Callable[[Personal], object]) -> float:
    """Seconds of CPU for one message."""
    started = time.process_time()
    for person in people:
        build(person)
    return (time.process_time() - started) / len(people)


def print_report(rendered: RenderedIssue, encoding: str, compiling: float, timings: Sequence[Timing]) -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"html {len(rendered.html.encode()):,} bytes ({encoding}), text {len(rendered.text.encode()):,} bytes")
    print(f"compiled once in {compiling * 1000:.1f} ms\n")
    print(f"{'':28}{'messages':>10}{'bytes each':>12}{'µs each':>10}{'for 100,000':>13}")
    for timing in timings:
        per_mailing = f"{timing.microseconds / 10:.1f} s"
        print(f"{timing.name:28}{timing.messages:>10,}{timing.size:>12,}{timing.microseconds:>10.1f}{per_mailing:>13}")
    print(f"\nratio: {timings[-1].microseconds / timings[0].microseconds:.0f} times faster than the peer")


def print_signing(alone: float, threads: tuple[float, float]) -> None:
    cores = os.cpu_count() or 1
    cpu, rate = threads
    print(f"\n{'on all cores, CPU only:':28}{'µs each':>10}{'a second':>10}")
    print(f"{'RSA-2048 alone':28}{alone * 1e6:>10.0f}{cores / alone:>10,.0f}")
    print(f"{'spliced and signed with it':28}{cpu * 1e6:>10.0f}{cores / cpu:>10,.0f}")
    print(f"spliced and signed a second, by the clock: {rate:,.0f}")


if __name__ == "__main__":
    main()
