from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from publisher.mail.dkimkeys import LONGEST_PEM, SigningKey, parse_key
from tests.mail.dkimverifiers import ed25519_secret, rsa_secret, write_pem

# 768 bits; cryptography makes none of that length any more.
SHORT = b"""\
-----BEGIN RSA PRIVATE KEY-----
MIIBzAIBAAJhALZUSAhNprb8M3jJ/H0Rv087n6U+e3pMjmrXZqx0PXUNXi6SCYkf
nMnrzUItqFyzEmnrFoa+PW3bcouIxAuDK/lI6zZZF3ScUiySE9IwurmiXOOy0xEw
OZtYxIH13TUKZwIDAQABAmBOoUQ7SHmYOmVcNweLTGcLnXP4yFxp3rAghWpC/xIt
86jlPpecKiTss6NeYeBUseiI1hqv2MfSeI9mvSyKPOWVwLj/jqTAxe2RCjTnd3L1
8RbKdaeRZI0g3V23TGy6KokCMQDtcNUdGTyjZ963LMPpWaAl9lrhwvy4RGnMgB43
kJq9Chrz3YGAvx6kfeXaRkL+J30CMQDElKwdHsUSE7FmhQCnsnlntpv1Q/mJAbzs
5w2ef7+itHT0UBZl/Kdfyz1ks9BkhrMCMQCcoh9kR76xyRap3bULnd1AzchcQAX5
BOCKUEYev5zkceMf1pLUvL9ZIdhcapdNE/0CMQComd7Yhvh9HZjMlgxOyFsqIcu3
W1qdMHlqMm1S4Lxq/x1EIaBkToL7PSRlx3dXkNMCMQDri20Hew9p06j3VUzlsFe8
V284tibfCqdEVYfm4c1AkaRSm44RqXABAWs6nGi0SKE=
-----END RSA PRIVATE KEY-----
"""


def parse(pem: bytes) -> SigningKey:
    return parse_key("news.example.com", "s1", pem)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL], ids=["PKCS8", "PKCS1"])
def test_rsa_keys_are_read_in_both_forms(form: PrivateFormat) -> None:
    key = parse(write_pem(rsa_secret(), form))
    assert (key.algorithm, key.bits) == ("rsa-sha256", 2048)
    assert key.sign(b"x") == parse(write_pem(rsa_secret())).sign(b"x")
    assert len(key.sign(b"x")) == 256


def test_ed25519_keys_are_read() -> None:
    key = parse(write_pem(ed25519_secret()))
    assert (key.algorithm, key.bits) == ("ed25519-sha256", 256)
    assert len(key.sign(b"x")) == 64


def test_what_stands_before_and_behind_the_key_does_not_matter() -> None:
    pem = b"my key\n" + write_pem(ed25519_secret()).replace(b"\n", b"\r\n") + b"\n\nend\n"
    assert parse(pem).record == parse(write_pem(ed25519_secret())).record


@pytest.mark.parametrize("secret", [rsa_secret(), ed25519_secret()], ids=["rsa", "ed25519"])
def test_the_record_publishes_the_public_half(secret: Any) -> None:
    key = parse(write_pem(secret))
    version, kind, data = key.record.split("; ")
    assert (version, kind) == ("v=DKIM1", f"k={key.algorithm.removesuffix('-sha256')}")
    raw = base64.b64decode(data.removeprefix("p="), validate=True)
    if kind == "k=rsa":
        public = load_der_public_key(raw)
        same = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert same == secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        assert raw == secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert key.record_name == "s1._domainkey.news.example.com"


def test_a_zone_file_gets_strings_of_at_most_255_characters() -> None:
    key = parse(write_pem(rsa_secret()))
    name, rest = key.zone_line.split(" IN TXT ")
    strings = [text.strip('"') for text in rest.split(" ")] if '" "' not in rest else rest.strip('"').split('" "')
    assert name == "s1._domainkey.news.example.com."
    assert len(strings) == 2
    assert all(len(text) <= 255 for text in strings)
    assert "".join(strings) == key.record


def encrypted() -> bytes:
    return ed25519_secret().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


def elliptic() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public() -> bytes:
    return ed25519_secret().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("pem", "problem"),
    [
        (b"", "not a private key"),
        (b"\0\xff\xfe", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (write_pem(rsa_secret())[:-60], "not a private key"),
        (public(), "not a private key"),
        (encrypted(), "passphrase"),
        (elliptic(), "RSA and Ed25519"),
        (write_pem(rsa_secret(512 * 9)), "4608 bits"),
        (b"x" * (LONGEST_PEM + 1), "too large"),
    ],
    ids=["empty", "binary", "nonsense", "cut", "public", "encrypted", "elliptic", "too long", "huge"],
)
def test_what_is_no_key_for_dkim_is_refused_with_what_to_do(pem: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        parse(pem)
    assert "openssl" in str(caught.value)
    lines = [line for line in pem.decode("latin-1").split("\n") if len(line) > 20 and "-----" not in line]
    assert not [line for line in lines if line[:20] in str(caught.value)]


def test_a_short_rsa_key_counts_as_none() -> None:
    with pytest.raises(ValueError, match="768 bits"):
        parse(SHORT)


def test_no_repr_or_log_line_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    key = parse(write_pem(rsa_secret()))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%r %s", key, {"keys": [key]})
    numbers = rsa_secret().private_numbers()
    for text in (repr(key), str(key), caplog.text):
        assert "BEGIN" not in text
        assert str(numbers.d) not in text
        assert "secret" not in text
