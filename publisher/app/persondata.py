"""The verbs about what we hold of a person: tell it, and forget it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from publisher.addresses import problem_with_reader
from publisher.app.context import Context
from publisher.app.signuplimits import list_sign_ups
from publisher.app.standing import barred_hashes
from publisher.app.suppressing import find_suppression, reduce_suppression
from publisher.errors import UsageError
from publisher.model.consent import ConsentEntry, Request
from publisher.model.notice import Notice
from publisher.model.preferences import Preferences
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import bounces, consents, notices, persons, rhythms, suppressions
from publisher.storage import subscribers as rows
from publisher.storage.bounces import Report
from publisher.storage.database import Connection
from publisher.storage.notices import NoticeRecord
from publisher.storage.persons import Received
from publisher.storage.subscribers import Subscription

_KEEP_NOTICES = timedelta(days=30)
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class PersonData:
    """All we hold of somebody, oldest first in each part."""

    person: Subscriber
    preferences: Preferences
    subscriptions: list[Subscription]
    log: list[ConsentEntry]
    requests: list[Request]
    notices: list[NoticeRecord]
    received: list[Received]
    reports: list[Report]
    suppression: Suppression | None
    sign_ups: list[datetime]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`was_known`: there was something to erase. `may_return`: an import may bring the address back."""

    was_known: bool
    may_return: bool


def get_person(context: Context, email: str) -> PersonData:
    """Raises UsageError when nobody has this address; it says when it must not be written to all the same."""
    with context.database.read() as connection:
        person = rows.find_by_email(connection, email)
        if person is not None:
            return _load(context, connection, person)
        barred = find_suppression(context, connection, email)
    if barred is None:
        raise UsageError(f"nobody has the address {email}")
    since = barred.since.astimezone(context.config.site.timezone).date()
    why = f"{barred.reason}, {barred.source}" if barred.source else str(barred.reason)
    raise UsageError(f"nobody has the address {email}; it must not be written to since {since} ({why})")


def get_person_by_id(context: Context, subscriber_id: int) -> PersonData | None:
    """For the reader's own page, whose link says who they are."""
    with context.database.read() as connection:
        person = rows.find_by_id(connection, subscriber_id)
        return _load(context, connection, person) if person else None


def export_data(data: PersonData) -> dict[str, object]:
    """`data` as values of JSON (and moments): what a person may ask for by law, GDPR 15 and 20 for one."""
    person, barred = data.person, data.suppression
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "language": person.language,
        "state": person.state.value,
        "source": person.source,
        "created_at": person.created_at,
        "timezone": data.preferences.timezone,
        "hour": data.preferences.hour,
        "paused_until": data.preferences.paused_until,
        "fields": dict(person.fields),
        "newsletters": list(person.newsletters),
        "subscriptions": [_as_mapping(item) for item in data.subscriptions],
        "log": [_entry_as_mapping(entry) for entry in data.log],
        "requests": [_request_as_mapping(request) for request in data.requests],
        "notices": [_notice_as_mapping(item) for item in data.notices],
        "issues": [_received_as_mapping(item) for item in data.received],
        "reports": [_report_as_mapping(item) for item in data.reports],
        "suppression": _as_mapping(barred, "email") if barred else None,
        "sign_ups": data.sign_ups,
    }


def forget(context: Context, email: str, *, may_return: bool = False) -> Forgotten:
    """Erase a person; the ledger keeps its numbers, without a name. Twice is as good as once.

    A keyed hash of the address stays, so that no import brings them back, unless `may_return`; and another one where it
    must not be written to. Raises UsageError for what is no address.
    """
    if problem := problem_with_reader(email.strip()):
        raise UsageError(f"the address {email.strip()!r} {problem}")
    with context.database.write() as connection:
        found = rows.find_by_email(connection, email)
        was_listed = _forget(context, connection, found, email.strip(), may_return=may_return)
    return Forgotten(found is not None or was_listed, may_return)


def forget_reader(context: Context, subscriber_id: int) -> bool:
    """As `forget`, for the reader's own page; False when there is nobody any more."""
    with context.database.write() as connection:
        found = rows.find_by_id(connection, subscriber_id)
        if found is None or not found.email:
            return False
        _forget(context, connection, found, found.email, may_return=False)
    return True


def forget_what_is_over(context: Context) -> int:
    """Who never confirmed is erased, with what was asked in their name; old notices go too. Returns how many people.

    They are not barred: nobody knows whether it was they who asked.
    """
    now = context.clock()
    people = 0
    with context.database.write() as connection:
        notices.forget_settled(connection, now - _KEEP_NOTICES)
        while not context.stop.is_set():
            ids = consents.expire_requests(connection, now, _BATCH)
            people += persons.erase_unconfirmed(connection, ids, now)
            if len(ids) < _BATCH:
                break
    return people


def _load(context: Context, connection: Connection, person: Subscriber) -> PersonData:
    return PersonData(
        person=person,
        preferences=rhythms.load_preferences(connection, person.id) or Preferences(),
        subscriptions=rows.find_subscriptions(connection, person.id),
        log=consents.load_log(connection, person.id),
        requests=consents.list_requests(connection, person.id),
        notices=notices.find_notices(connection, person.id),
        received=persons.find_received(connection, person.id),
        reports=bounces.list_reports(connection, person.id),
        suppression=find_suppression(context, connection, person.email),
        sign_ups=list_sign_ups(context, connection, person.email),
    )


def _forget(
    context: Context, connection: Connection, person: Subscriber | None, email: str, *, may_return: bool
) -> bool:
    """Whether the address stood on the list of those not to write to."""
    hashes = barred_hashes(context, email)
    if may_return:
        consents.unbar(connection, hashes)
    else:
        consents.bar(connection, hashes[0], context.clock())
    if person is not None:
        if person.state is SubscriberState.SUPPRESSED:  # by a list, it may be, that says no more
            why = Suppression(person.email, SuppressionReason.IMPORTED, context.clock())
            suppressions.add(connection, [why])
        persons.erase_person(connection, person.id)
    persons.erase_address(connection, email)
    return reduce_suppression(context, connection, email)


def _entry_as_mapping(entry: ConsentEntry) -> dict[str, object]:
    told = entry.circumstances
    return {
        "at": entry.at,
        "event": entry.event.value,
        "newsletters": list(entry.newsletters),
        "how": told.how,
        "wording": told.wording,
        "page": told.page,
        "network": told.network,
        "reason": told.reason,
    }


def _request_as_mapping(request: Request) -> dict[str, object]:
    return _as_mapping(request, "id", "subscriber_id")


def _notice_as_mapping(item: NoticeRecord) -> dict[str, object]:
    """Without what only the sender needs."""
    told = _as_mapping(item.notice, "id", "key", "subscriber_id", "request_id")
    return told | _as_mapping(item, "notice")


def _received_as_mapping(item: Received) -> dict[str, object]:
    return {"issue": item.issue_id} | _as_mapping(item, "issue_id")


def _report_as_mapping(item: Report) -> dict[str, object]:
    return {"issue": item.issue_id} | _as_mapping(item, "issue_id")


def _as_mapping(
    item: Subscription | Request | Notice | NoticeRecord | Received | Report | Suppression, *without: str
) -> dict[str, object]:
    values = {name: value for name, value in asdict(item).items() if name not in without}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
