"""Where `web.altcha` asks for it, a proof of work comes with every sign-up: the challenges, and each proof once."""

from __future__ import annotations

import hashlib
import secrets

from fastapi import APIRouter
from fastapi.responses import Response

from publisher.app.context import Context
from publisher.app.signuplimits import take_proof
from publisher.web.altcha import MAX_NUMBER, check_proof, make_challenge
from publisher.web.face import STYLE_FOLDER
from publisher.web.readerpages import READ
from publisher.web.responses import answer_asset

FIELD = "altcha"  # as the ALTCHA widget calls it
CHALLENGE_PATH = "/api/altcha"

_SCRIPT = "web/altcha.js"
_NONCE_BYTES = 16
_DIGITS = 16  # of the hash in the script's address


class Proofs:
    """Of one server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        web = context.config.web
        self.are_wanted = web is not None and web.altcha

    def challenge(self) -> dict[str, object]:
        """Nothing is written down: it is signed, and says itself when it ends."""
        context, number = self._context, secrets.randbelow(MAX_NUMBER + 1)
        return make_challenge(context.key, secrets.token_bytes(_NONCE_BYTES), number, context.clock())

    def take(self, sent: str) -> bool:
        """Whether it is good, which it is no second time; always where none is wanted. Writes, so not in the loop."""
        if not self.are_wanted:
            return True
        context = self._context
        proof = check_proof(context.keys, sent, context.clock())
        return proof is not None and take_proof(context, proof.challenge, proof.until)

    def render_script(self) -> str:
        """What solves challenges in a browser. Raises TemplateError."""
        return self._context.templates.render(_SCRIPT)

    @property
    def script_path(self) -> str:
        """Another one for each text, as that of the style sheet."""
        digest = hashlib.sha256(self.render_script().encode("utf-8")).hexdigest()[:_DIGITS]
        return f"/{STYLE_FOLDER}/altcha-{digest}.js"


def proof_routes(proofs: Proofs) -> APIRouter:
    """What browsers need to make proofs; nothing where none are wanted."""
    router = APIRouter()
    if not proofs.are_wanted:
        return router

    @router.api_route(f"/{STYLE_FOLDER}/{{name}}.js", methods=READ)
    def script(name: str) -> Response:
        is_this = proofs.script_path == f"/{STYLE_FOLDER}/{name}.js"
        return answer_asset(proofs.render_script(), "text/javascript", is_this=is_this)

    return router
