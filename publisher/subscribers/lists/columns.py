"""What a column of a list holds, by its name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from publisher.markup.characters import clean_line

_BETWEEN_WORDS = re.compile(r"[\s_\-・:]+")
_FIELD = "field."
_SHOWN = 20  # columns that a message lists


class Role(StrEnum):
    """What we know of a person; the values are the words of `--map`."""

    EMAIL = "email"
    NAME = "name"
    FIRST = "first"
    LAST = "last"
    LANGUAGE = "language"
    STATUS = "status"
    JOINED = "joined"
    LEFT_AT = "left_at"
    SOURCE = "source"
    TAGS = "tags"
    NEWSLETTERS = "newsletters"
    LEFT = "left"
    TIMEZONE = "timezone"
    HOUR = "hour"
    PAUSED_UNTIL = "paused_until"
    FIELDS = "fields"  # many at once, as JSON
    ENROLMENTS = "subscriptions"  # as JSON
    FIELD = "field"
    SIGN = "sign"  # says only what state somebody is in
    NOTHING = "nothing"


# Names that people and programs write above a column, folded (see `fold`).
_NAMES: Mapping[Role, str] = {
    Role.EMAIL: "email emailaddress mail mailaddress eメール eメールアドレス メール メールアドレス 電子メール "
    "電子メールアドレス mailアドレス",
    Role.NAME: "name fullname displayname 名前 お名前 氏名 ご氏名 表示名",
    Role.FIRST: "firstname givenname fname 名",
    Role.LAST: "lastname surname familyname lname 姓 名字 苗字",
    Role.LANGUAGE: "language lang locale 言語",
    Role.STATUS: "status subscriptionstatus 状態 ステータス 購読状態 配信状態",
    Role.JOINED: "joined joinedat createdat subscribedat subscribedon signupdate consentdate consentedat registeredat "
    "登録日 登録日時 同意日 同意日時 購読開始日",
    Role.LEFT_AT: "leftat unsubscribedat 配信停止日 配信停止日時 解除日 解除日時 退会日",
    Role.SOURCE: "source signupsource 登録元 登録経路",
    Role.TAGS: "tags labels タグ ラベル",
    Role.NEWSLETTERS: "newsletters newsletter メルマガ メールマガジン ニュースレター",
    Role.LEFT: "left",
    Role.TIMEZONE: "timezone タイムゾーン",
    Role.HOUR: "hour",
    Role.PAUSED_UNTIL: "pauseduntil",
    Role.FIELDS: "fields",
    Role.ENROLMENTS: "subscriptions",
}


def fold(name: str) -> str:
    """`E-Mail Address` and `email_address` are one name, and so are full-width and half-width letters."""
    return _BETWEEN_WORDS.sub("", unicodedata.normalize("NFKC", name).casefold())


_ROLES: Mapping[str, Role] = {fold(name): role for role, names in _NAMES.items() for name in names.split()}
MAPPABLE = tuple(role.value for role in _NAMES if role not in {Role.FIELDS, Role.ENROLMENTS})
_REPEATABLE = frozenset({Role.JOINED, Role.LEFT_AT, Role.FIELD, Role.SIGN, Role.NOTHING})


class ColumnError(ValueError):
    """The columns cannot be what they are said to be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is that of a field, or the folded name of a sign."""

    role: Role
    name: str = ""


def check_mapping(chosen: Mapping[str, str]) -> None:
    """Raises ColumnError for what is neither a role nor `field.NAME`."""
    for role in chosen:
        if role not in MAPPABLE and not (role.startswith(_FIELD) and len(role) > len(_FIELD)):
            raise ColumnError(f"{role!r} cannot be mapped; write one of {', '.join(MAPPABLE)}, or field.NAME")


def name_columns(header: Sequence[str], roles: Mapping[str, Role], chosen: Mapping[str, str]) -> list[Column]:
    """A column for each name of the header.

    `roles` are those of the program that wrote the list and go before the general ones; `chosen` says by role which
    column it is, and goes before both (an empty name: none is). Raises ColumnError when no column has the address.
    """
    names = [clean_line(name) for name in header]
    places = _choose(names, chosen)
    taken = {column.role for column in places.values()} | {Role(role) for role in chosen if role in MAPPABLE}
    columns: list[Column] = []
    for number, name in enumerate(names):
        column = places.get(number) or name_column(name, roles)
        if number not in places and column.role in taken and column.role not in _REPEATABLE:
            column = Column(Role.FIELD, name)
        taken.add(column.role)
        columns.append(column)
    if not any(column.role is Role.EMAIL for column in columns):
        raise ColumnError(f"the first line must name the columns, one of them email; found {_show(names)}{_HINT}")
    return columns


_HINT = "; --map email=COLUMN says which one has the address"


def _choose(names: Sequence[str], chosen: Mapping[str, str]) -> dict[int, Column]:
    places: dict[int, Column] = {}
    folded = [fold(name) for name in names]
    for role, wanted in chosen.items():
        if not wanted:
            continue
        if fold(wanted) not in folded:
            raise ColumnError(f"has no column {wanted!r} for {role}; its columns: {_show(names)}")
        places[folded.index(fold(wanted))] = column_for(role)
    return places


def column_for(word: str) -> Column:
    """What a word of `--map` stands for, which `check_mapping` has seen."""
    return Column(Role.FIELD, word.removeprefix(_FIELD)) if word.startswith(_FIELD) else Column(Role(word))


def name_column(name: str, roles: Mapping[str, Role]) -> Column:
    """What a column is by its name alone."""
    key = fold(name)
    role = roles.get(key) or _ROLES.get(key)
    if role is None:
        return Column(Role.FIELD, name.removeprefix(_FIELD)) if name else Column(Role.NOTHING)
    return Column(role, key)


def _show(names: Iterable[str]) -> str:
    found = [name[:60] for name in names if name]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (", ".join(found[:_SHOWN]) or "nothing") + more
