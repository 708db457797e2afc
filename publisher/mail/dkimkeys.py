"""Private keys for DKIM, and the DNS record that publishes the public half. The one door to cryptography.

A key's secret is in no repr, no message and no error.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

PEM_START = "-----BEGIN "
LONGEST_PEM = 16_384  # bytes; RSA with 4096 bits takes 3,300

_LONGEST_STRING = 255  # of a TXT record (RFC 1035 3.3.14)
_PADDING, _HASH = PKCS1v15(), SHA256()
_HOW_TO_MAKE = "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of one domain, with the selector that its public half is found by. Threads may share it.

    Its arithmetic holds no interpreter lock: several threads sign on several cores.
    """

    domain: str
    selector: str
    secret: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The `a=` tag (RFC 6376 3.3, RFC 8463 3)."""
        return "rsa-sha256" if isinstance(self.secret, RSAPrivateKey) else "ed25519-sha256"

    @property
    def bits(self) -> int:
        return self.secret.key_size if isinstance(self.secret, RSAPrivateKey) else 256

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.secret, RSAPrivateKey):
            return self.secret.sign(data, _PADDING, _HASH)
        return self.secret.sign(hashlib.sha256(data).digest())  # the hash is what is signed (RFC 8463 3)

    @property
    def record_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What the TXT record says (RFC 6376 3.6.1, RFC 8463 4)."""
        if isinstance(self.secret, RSAPrivateKey):
            raw = self.secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={b64encode(raw).decode('ascii')}"
        raw = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(raw).decode('ascii')}"

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file, in strings that are short enough."""
        text, width = self.record, _LONGEST_STRING
        strings = " ".join(f'"{text[start : start + width]}"' for start in range(0, len(text), width))
        return f"{self.record_name}. IN TXT {strings}"


def parse_key(domain: str, selector: str, pem: bytes) -> SigningKey:
    """The key in `pem`: RSA (PKCS #1 or #8) or Ed25519 (PKCS #8), without a passphrase.

    Raises ValueError with words for the person whose key it is, and nothing of the key in them.
    """
    if len(pem) > LONGEST_PEM:
        raise ValueError(f"is too large for a private key; {_HOW_TO_MAKE}")
    try:
        secret = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError(
            "is protected by a passphrase, which nobody is there to type; write it without one: "
            "openssl pkey -in KEY -out dkim.pem"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"is not a private key in PEM form; {_HOW_TO_MAKE}") from None
    if isinstance(secret, Ed25519PrivateKey):
        return SigningKey(domain, selector, secret)
    if not isinstance(secret, RSAPrivateKey):
        raise ValueError(f"is a key of a kind that DKIM has no use for; it takes RSA and Ed25519: {_HOW_TO_MAKE}")
    if not 1024 <= secret.key_size <= 4096:
        # RFC 8301 3.2: shorter ones count as no signature, and nobody has to verify longer ones.
        raise ValueError(f"has {secret.key_size} bits; receivers take 1024 to 4096, and 2048 is usual: {_HOW_TO_MAKE}")
    return SigningKey(domain, selector, secret)
