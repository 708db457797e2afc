"""Signatures of mail services, verified. Pure; a door to cryptography beside the one of mail, for other keys."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_pem_x509_certificate


def is_signed_by_certificate(pem: bytes, version: str, signature: str, content: bytes, now: datetime) -> bool:
    """RSA with PKCS #1 padding. `version` is SNS's: 1 is SHA-1, which it still sends by default, 2 is SHA-256."""
    algorithm = {"1": SHA1, "2": SHA256}.get(version)
    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
        is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if algorithm is None or not isinstance(key, rsa.RSAPublicKey) or not is_valid:
            return False
        key.verify(base64.b64decode(signature), content, padding.PKCS1v15(), algorithm())
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def is_signed_by_key(public_key: str, signature: str, content: bytes) -> bool:
    """ECDSA over SHA-256. `public_key` is SubjectPublicKeyInfo in base64, as SendGrid shows it."""
    try:
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature), content, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
