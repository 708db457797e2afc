"""Keys for tests, and verifiers that are not ours: dkimpy and, where it is installed, OpenDKIM."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.mail.dkimkeys import SigningKey

OPENDKIM = shutil.which("opendkim") or shutil.which("opendkim", path="/usr/sbin:/usr/local/sbin")


@cache
def rsa_secret(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


@cache
def ed25519_secret() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def write_pem(secret: RSAPrivateKey | Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return secret.private_bytes(Encoding.PEM, form, NoEncryption())


def make_keys(domain: str = "news.example.com") -> tuple[SigningKey, SigningKey]:
    """As a domain has them that moves from one algorithm to the other."""
    return SigningKey(domain, "rsa1", rsa_secret()), SigningKey(domain, "ed1", ed25519_secret())


def verify_all(message: bytes, keys: tuple[SigningKey, ...]) -> list[bool]:
    """dkimpy's verdict on each signature, in the order of the headers, from the records that we say to publish."""
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}

    def find_record(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - dkimpy passes it
        return records.get(name)

    checked = dkim.DKIM(message, minkey=1024)
    count = sum(name.lower() == b"dkim-signature" for name, _ in checked.headers)
    verdicts = []
    for index in range(count):
        try:
            verdicts.append(bool(dkim.DKIM(message, minkey=1024).verify(index, dnsfunc=find_record)))
        except dkim.DKIMException:
            verdicts.append(False)
    return verdicts


def ask_opendkim(message: bytes, keys: tuple[SigningKey, ...], folder: Path) -> list[str]:
    """OpenDKIM's verdicts, `pass` or `fail`, in the order of the headers."""
    assert OPENDKIM is not None
    (folder / "records").write_text("".join(f"{key.record_name} {key.record}\n" for key in keys))
    (folder / "opendkim.conf").write_text(f"Mode v\nTestPublicKeys {folder / 'records'}\n")
    (folder / "message").write_bytes(message)
    command = [OPENDKIM, "-x", str(folder / "opendkim.conf"), "-vv", "-t", str(folder / "message")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return re.findall(r"\bdkim=(\w+)", done.stdout)
