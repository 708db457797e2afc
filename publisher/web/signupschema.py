"""The sign-up interface as OpenAPI 3.1 says it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_PROBLEM = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
}

_CHALLENGE = {
    "operationId": "challenge",
    "summary": "What a proof of work has to solve (ALTCHA, version 1).",
    "responses": {
        "200": {
            "description": "Good for twenty minutes.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["algorithm", "challenge", "maxnumber", "salt", "signature"],
                        "properties": {
                            "algorithm": {"const": "SHA-256"},
                            "challenge": {"type": "string"},
                            "maxnumber": {"type": "integer"},
                            "salt": {"type": "string"},
                            "signature": {"type": "string"},
                        },
                    }
                }
            },
        },
    },
}


def describe_api(web_url: str, newsletters: Sequence[str], *, wants_proof: bool = False) -> dict[str, object]:
    """The whole document; `newsletters` are the names there are."""
    text = {"type": "string", "maxLength": 1000}
    sent = {
        "type": "object",
        "required": ["email", "altcha"] if wants_proof else ["email"],
        "properties": {
            "email": {**text, "format": "idn-email"},
            "newsletters": {
                "type": "array",
                "items": {"type": "string", "enum": list(newsletters)},
                "maxItems": 100,
                "description": "Without it, or empty: all of them.",
            },
            "name": text,
            "language": {**text, "description": "Such as ja or en-GB."},
            "website": {**text, "description": "A trap for programs that fill in everything. Leave it out."},
            "altcha": {**text, "description": "A proof of work, where /api/altcha gives challenges; good once."},
        },
    }
    answers = {
        "202": _answer("Taken: if the address can be written to, its owner gets a mail.", "taken"),
        "400": {"description": "No JSON object."},
        "413": {"description": "More than 64,000 bytes."},
        "415": {"description": "The content type is not application/json."},
        "422": _answer("Something has to be corrected; the problems say what.", "refused"),
        "429": _answer("Too many sign-ups. Retry-After says when.", "busy"),
    }
    operation = {
        "operationId": "subscribe",
        "summary": "Ask the owner of an address whether they want newsletters.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": sent}}},
        "responses": answers,
    }
    paths: dict[str, object] = {"/api/subscribe": {"post": operation}}
    if wants_proof:
        paths["/api/altcha"] = {"get": _CHALLENGE}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Subscribe", "version": "1"},
        "servers": [{"url": web_url}],
        "paths": paths,
    }


def _answer(description: str, status: str) -> dict[str, object]:
    properties = {"status": {"const": status}, "problems": {"type": "array", "items": _PROBLEM}}
    schema = {"type": "object", "required": ["status"], "properties": properties}
    # A 429 of the server itself, for a network that asks without end, is another object.
    wanted = schema if status != "busy" else {"type": "object"}
    return {"description": description, "content": {"application/json": {"schema": wanted}}}
