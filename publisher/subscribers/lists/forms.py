"""How other programs write their lists, and how they are told by their first line. Pure.

The names of the columns are those that the programs write today:

- Mailchimp: the CSVs `subscribed_…`, `unsubscribed_…` and `cleaned_…` of an audience export, as they stand in the test
  files of Ghost's migration tools (github.com/TryGhost/migrate, packages/mg-mailchimp-members).
- Substack: `email_list.NAME.csv` of an export (the same tools, packages/mg-substack).
- Ghost: the members CSV, as its own tests have it (github.com/TryGhost/Ghost, packages/members-csv).
- Buttondown: fields of a subscriber and values of `SubscriberType` in github.com/buttondown/openapi (enums.json).
- listmonk: `ExportSubscribers` in github.com/knadh/listmonk, cmd/subscribers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from publisher.model.subscriber import SubscriberState
from publisher.subscribers.lists.columns import Role
from publisher.subscribers.lists.status import is_yes, read_status

Signs = Mapping[str, str]


def _read_plain(signs: Signs) -> SubscriberState | None:
    return read_status(signs.get("status", ""))


@dataclass(frozen=True, slots=True)
class Form:
    """`tells` are sets of folded names of columns; a list that has all of one is of this form.

    `read_state` gets what stands in the columns that say something of the state, by their folded names; None from it
    means that nobody knows the word.
    """

    name: str
    title: str
    tells: tuple[frozenset[str], ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    signs: frozenset[str] = frozenset()
    read_state: Callable[[Signs], SubscriberState | None] = _read_plain
    is_utc: bool = True


def _names(role: Role, names: str) -> dict[str, Role]:
    return dict.fromkeys(names.split(), role)


def _read_mailchimp(signs: Signs) -> SubscriberState:
    """The three files differ by their last columns; the name of a file in the ZIP stands under `file`."""
    file = signs.get("file", "")
    if signs.get("cleantime") or file.startswith("cleaned"):
        return SubscriberState.SUPPRESSED
    if signs.get("unsubtime") or file.startswith("unsubscribed"):
        return SubscriberState.UNSUBSCRIBED
    return SubscriberState.ACTIVE


def _read_substack(signs: Signs) -> SubscriberState:
    return SubscriberState.UNSUBSCRIBED if is_yes(signs.get("emaildisabled", "")) else SubscriberState.ACTIVE


def _read_ghost(signs: Signs) -> SubscriberState:
    is_member = is_yes(signs.get("subscribedtoemails", "")) and not signs.get("deletedat")
    return SubscriberState.ACTIVE if is_member else SubscriberState.UNSUBSCRIBED


_BUTTONDOWN_READERS = frozenset(
    ["regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused", "past_due"]
)


def _read_buttondown(signs: Signs) -> SubscriberState | None:
    word = (signs.get("type") or signs.get("subscribertype", "")).casefold()
    return SubscriberState.ACTIVE if word in _BUTTONDOWN_READERS else read_status(word) if word else None


PLAIN = Form("csv", "CSV", is_utc=False)
_MAILCHIMP = Form(
    "mailchimp",
    "Mailchimp",
    tells=(
        frozenset({"leid", "euid"}),
        frozenset({"optintime", "memberrating"}),
        frozenset({"optintime", "confirmtime"}),
    ),
    roles={
        # A later column with a value wins: who confirmed agreed when they did.
        **_names(Role.JOINED, "optintime confirmtime"),
        **_names(Role.LEFT_AT, "unsubtime cleantime"),
        # Ids of theirs, network addresses, a guessed place, and a rating that comes of tracking: nothing to keep.
        **_names(
            Role.NOTHING,
            "leid euid optinip confirmip latitude longitude gmtoff dstoff cc region memberrating lastchanged "
            "unsubcampaigntitle unsubcampaignid cleancampaigntitle cleancampaignid",
        ),
    },
    signs=frozenset({"unsubtime", "cleantime"}),
    read_state=_read_mailchimp,
)
_SUBSTACK = Form(
    "substack",
    "Substack",
    tells=(frozenset({"email", "emaildisabled"}), frozenset({"email", "activesubscription"})),
    roles={"createdat": Role.JOINED, **_names(Role.NOTHING, "stripeconnectedcustomerid")},
    signs=frozenset({"emaildisabled"}),
    read_state=_read_substack,
)
_GHOST = Form(
    "ghost",
    "Ghost",
    tells=(frozenset({"email", "subscribedtoemails"}),),
    roles={
        "createdat": Role.JOINED,
        "deletedat": Role.LEFT_AT,
        "labels": Role.TAGS,
        **_names(Role.NOTHING, "id complimentaryplan stripecustomerid giftid"),
    },
    signs=frozenset({"subscribedtoemails", "deletedat"}),
    read_state=_read_ghost,
)
_BUTTONDOWN = Form(
    "buttondown",
    "Buttondown",
    tells=(frozenset({"emailaddress", "creationdate"}), frozenset({"email", "creationdate", "metadata"})),
    roles={
        "creationdate": Role.JOINED,
        "unsubscriptiondate": Role.LEFT_AT,
        "metadata": Role.FIELDS,
        **_names(Role.NOTHING, "id secondaryid ipaddress riskscore"),
    },
    signs=frozenset({"type", "subscribertype"}),
    read_state=_read_buttondown,
)
_LISTMONK = Form(
    "listmonk",
    "listmonk",
    tells=(frozenset({"uuid", "email", "attributes"}), frozenset({"email", "attributes", "status"})),
    roles={"attributes": Role.FIELDS, "createdat": Role.JOINED, **_names(Role.NOTHING, "uuid updatedat")},
)
FOREIGN: Mapping[str, Form] = {form.name: form for form in (_MAILCHIMP, _SUBSTACK, _GHOST, _BUTTONDOWN, _LISTMONK)}
NAMES = ("csv", "json", *FOREIGN)


def recognise(names: Collection[str]) -> Form:
    """The form that these folded names of columns tell of; PLAIN when it is nobody's."""
    present = frozenset(names)
    return next((form for form in FOREIGN.values() if any(tell <= present for tell in form.tells)), PLAIN)
