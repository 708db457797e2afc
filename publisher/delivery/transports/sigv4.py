"""Signature Version 4, by which Amazon knows who asks. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from publisher.delivery.transports.verdict import ApiRequest

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and what it is used for."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str
    service: str


def sign_request(request: ApiRequest, credentials: Credentials, now: datetime, method: str = "POST") -> ApiRequest:
    """`request` with X-Amz-Date and Authorization; all its headers are signed, and Host."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "X-Amz-Date": moment}
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed["host"] = urlsplit(request.url).netloc
    names = ";".join(sorted(signed))
    scope = f"{moment[:8]}/{credentials.region}/{credentials.service}/aws4_request"
    canonical = _canonical_form(method, request, signed)
    to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(_derive_key(credentials, moment[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return ApiRequest(request.url, headers, request.content)


def _canonical_form(method: str, request: ApiRequest, signed: Mapping[str, str]) -> str:
    parts = urlsplit(request.url)
    query = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parse_qsl(parts.query, True))  # noqa: FBT003 - keep_blank_values
    return "\n".join(
        [
            method,
            quote(parts.path or "/", safe="/"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            ";".join(sorted(signed)),
            hashlib.sha256(request.content).hexdigest(),
        ]
    )


def _derive_key(credentials: Credentials, date: str) -> bytes:
    key = b"AWS4" + credentials.secret_key.encode()
    for word in (date, credentials.region, credentials.service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key
