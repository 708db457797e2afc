"""The keys that mail is signed with: from the configuration into use, and what there is to say about them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from publisher.config import Config, Dkim
from publisher.errors import Problem, UsageError
from publisher.files import show_path
from publisher.mail.dkim import choose_keys
from publisher.mail.dkimkeys import LONGEST_PEM, PEM_START, SigningKey, parse_key

_USUAL_BITS = 2048


def load_keys(config: Config) -> tuple[SigningKey, ...]:
    """All of `delivery.dkim`.

    Raises UsageError for the first that cannot be used.
    """
    return tuple(_load_key(config, number, item) for number, item in enumerate(config.delivery.dkim))


def check_keys(config: Config) -> tuple[list[SigningKey], list[Problem], list[str]]:
    """The keys that work, what is wrong with the others, and notes."""
    keys: list[SigningKey] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for number, item in enumerate(config.delivery.dkim):
        try:
            keys.append(_load_key(config, number, item))
        except UsageError as error:
            place, _, message = str(error).partition(": ")
            problems.append(Problem(place, message))
        notes += _note_mode(config, number, item)
    notes += [
        f"{key.record_name}: has {key.bits} bits; most receivers want {_USUAL_BITS}"
        for key in keys
        if key.algorithm == "rsa-sha256" and key.bits < _USUAL_BITS
    ]
    if keys:
        notes += _note_unsigned(config, keys)
    return keys, problems, notes


def _load_key(config: Config, number: int, item: Dkim) -> SigningKey:
    place = f"delivery.dkim.{number}.key"
    text = item.key.get_secret_value()
    if text.lstrip().startswith(PEM_START):
        # Some places where environment variables are set know only one line.
        pem, source = text.replace("\\n", "\n").encode("utf-8"), "the text of it"
    else:
        path = config.base / text
        pem, source = _read(path, place), show_path(path)
    try:
        return parse_key(item.domain, item.selector, pem)
    except ValueError as error:
        raise UsageError(f"{place}: {source} {error}") from None


def _read(path: Path, place: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_PEM + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or "is not the name of a file"
        hint = "put the private key there, or take the entry out to send without its signature"
        # Base64 has no dot: what has none may be a key that lost its first line.
        name = show_path(path) if "." in path.name else "the file that it names"
        raise UsageError(f"{place}: {name} cannot be read: {reason}; {hint}") from None


def _note_mode(config: Config, number: int, item: Dkim) -> Iterator[str]:
    text = item.key.get_secret_value()
    if text.lstrip().startswith(PEM_START):
        return
    path = config.base / text
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # told already
        return
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        yield f"delivery.dkim.{number}.key: others on this machine can read {show_path(path)}; chmod 600 it"


def _note_unsigned(config: Config, keys: list[SigningKey]) -> Iterator[str]:
    for name, newsletter in config.newsletters.items():
        domain = config.sender_of(newsletter).domain
        if not choose_keys(keys, domain):
            yield f"newsletter {name}: is not signed, because no key under delivery.dkim is for {domain}"
