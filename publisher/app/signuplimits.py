"""How often confirmations are mailed, so that nobody can be bombed with them.

Kept as keyed hashes for a day. A sign-up that is refused writes no row, so the limit of all forms bounds the table.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from publisher import tokens
from publisher.addresses import identity_key
from publisher.app.context import Context
from publisher.storage import attempts, proofs
from publisher.storage.database import Connection
from publisher.subscribers.signup import network_of

_MOST_FORMS = 10
_ADDRESS = "sign-up address"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def take_network_and_form(context: Context, connection: Connection, network: str, page: str) -> bool:
    """Count one more sign-up from this network, by this form; False, and not counted, when it is one too many.

    The answer depends on nobody's address, so it may be told.
    """
    limits, now = context.config.subscribers.limits, context.clock()
    counted = [
        (_hash(context, "form", page), limits.form_per_hour),
        (_hash(context, "all", ""), _MOST_FORMS * limits.form_per_hour),  # whoever makes up names of forms meets this
    ]
    if found := network_of(network):
        counted.append((_hash(context, "network", found), limits.network_per_hour))
    attempts.forget_attempts(connection, now - _DAY)
    if any(attempts.count_attempts(connection, hash_, now - _HOUR) >= limit for hash_, limit in counted):
        return False
    attempts.note_attempt(connection, [hash_ for hash_, _ in counted], now)
    return True


def take_address(context: Context, connection: Connection, email: str) -> bool:
    """Count one more mail to this address; False, and not counted, when it is too many or too soon.

    Whoever asked must not be told: it would say that somebody else has asked before.
    """
    limits, now = context.config.subscribers.limits, context.clock()
    hash_ = tokens.keyed_hash(context.key, _ADDRESS, identity_key(email))
    last = attempts.last_attempt(connection, hash_)
    if last is not None and last + limits.pause > now:
        return False
    if attempts.count_attempts(connection, hash_, now - _DAY) >= limits.address_per_day:
        return False
    attempts.note_attempt(connection, [hash_], now)
    return True


def list_sign_ups(context: Context, connection: Connection, email: str) -> list[datetime]:
    """When this address was entered of late, oldest first."""
    hashes = [tokens.keyed_hash(key, _ADDRESS, identity_key(email)) for key in context.keys]
    return attempts.list_attempts(connection, hashes)


def take_proof(context: Context, challenge: str, until: datetime) -> bool:
    """Whether this proof of work comes for the first time; `until` its challenge ends it is known again."""
    with context.database.write() as connection:
        return proofs.take_proof(connection, challenge, until, context.clock())


def _hash(context: Context, kind: str, text: str) -> str:
    return tokens.keyed_hash(context.key, f"sign-up {kind}", text)
