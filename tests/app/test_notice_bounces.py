"""What becomes of a notice that comes back, and of whoever it was for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher import tokens
from publisher.app.bouncing import BounceReport, Verdict, settle_bounces, take_mail
from publisher.app.consent import Outcome, ask, confirm
from publisher.app.context import Context
from publisher.app.leaving import leave
from publisher.app.moving import ask_address_change
from publisher.app.noticing import deliver_notices
from publisher.app.people import add_subscriber, get_subscriber
from publisher.app.persondata import forget_what_is_over, get_person
from publisher.app.suppressing import add_suppression, iterate_suppressions
from publisher.errors import UsageError
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.consent import Circumstances
from publisher.model.delivery import DeliveryState
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import SubscriberState
from publisher.model.suppression import SuppressionReason
from publisher.storage import subscribers
from publisher.subscribers.signup import SignUp
from tests.app.test_bouncing import ABUSE, BOUNCES, CONFIGURED, FULL, HARD, PAGES
from tests.bounces.reports import Report
from tests.site import Site

TARO = "taro@reader.example"
BY_BUTTON = Circumstances("button")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.configure(CONFIGURED + PAGES)
    return site


def send(context: Context, site: Site) -> EmailMessage:
    """The one notice that waits."""
    folder = site.folder / "outbox" / "new"
    before = set(folder.glob("*"))
    assert deliver_notices(context).accepted == 1
    (path,) = set(folder.glob("*")) - before
    return site.mails()[sorted([*before, path]).index(path)]


def sign_up(context: Context, site: Site, email: str = TARO) -> EmailMessage:
    ask(context, SignUp(email, ("weekly",)))
    return send(context, site)


def come_back(context: Context, mail: EmailMessage, report: Report = HARD, *, by: str = "verp") -> BounceReport:
    """The report about a mail. `by`: what of the mail it names."""
    sender = mail["Return-Path"].strip("<>") if by == "verp" else BOUNCES
    values = {"to": mail["To"].addresses[0].addr_spec, "id": mail["Message-ID"].strip("<>"), "token": "none"}
    if by == "nothing":
        values["id"] = "other@note.example"
    found = BounceReport()
    take_mail(context, report.make(sender, **values), found)
    return found


def suppressed(context: Context) -> dict[str, SuppressionReason]:
    return {item.email: item.reason for item in iterate_suppressions(context)}


def states(context: Context, email: str = TARO) -> list[tuple[NoticeKind, DeliveryState]]:
    return [(record.notice.kind, record.state) for record in get_person(context, email).notices]


def token_in(mail: EmailMessage) -> str:
    found = re.search(r"/confirm/([A-Za-z0-9_=\r\n-]+)", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr] # it has one
    assert found
    return found[1].strip()


@pytest.mark.parametrize("by", ["verp", "message id"])
def test_a_confirmation_that_comes_back_is_settled_and_shuts_nobody_out(site: Site, by: str) -> None:
    """Anybody can type any address: it may be somebody's tomorrow."""
    with site.open() as context:
        mail = sign_up(context, site)
        assert re.fullmatch(r"<bounces\+n[0-9]+-[a-z2-7]{13}@note\.example>", mail["Return-Path"])
        report = come_back(context, mail, by=by)
        assert (report.hard, report.suppressed, report.unmatched) == (1, 0, 0)
        assert states(context) == [(NoticeKind.CONFIRM, DeliveryState.BOUNCED)]
        assert suppressed(context) == {}
        assert get_subscriber(context, TARO).state is SubscriberState.PENDING
        assert come_back(context, mail, by=by).again == 1
        site.clock.advance(days=8)
        assert forget_what_is_over(context) == 1
        again = sign_up(context, site)
        assert confirm(context, token_in(again), BY_BUTTON).outcome is Outcome.DONE


def test_an_address_alone_proves_nothing(site: Site) -> None:
    with site.open() as context:
        mail = sign_up(context, site)
        assert come_back(context, mail, by="nothing").unmatched == 1
        assert states(context) == [(NoticeKind.CONFIRM, DeliveryState.ACCEPTED)]


def test_a_welcome_that_comes_back_suppresses_as_an_issue_does(site: Site) -> None:
    with site.open() as context:
        confirm(context, token_in(sign_up(context, site)), BY_BUTTON)
        report = come_back(context, send(context, site))
        assert (report.hard, report.suppressed) == (1, 1)
        assert states(context)[-1] == (NoticeKind.WELCOME, DeliveryState.BOUNCED)
        assert get_subscriber(context, TARO).state is SubscriberState.SUPPRESSED
        (item,) = iterate_suppressions(context)
        assert (item.reason, item.source.startswith("welcome notice: 550 5.1.1")) == (SuppressionReason.HARD, True)


def test_a_question_to_a_reader_who_is_confirmed_suppresses_too(site: Site) -> None:
    """Their address has worked, and does not any more, whichever mail says so."""
    with site.open() as context:
        add_subscriber(context, TARO, ["new-article"])
        report = come_back(context, sign_up(context, site))
        assert (report.hard, report.suppressed) == (1, 1)


def test_a_full_mailbox_is_no_reason_yet(site: Site) -> None:
    with site.open() as context:
        confirm(context, token_in(sign_up(context, site)), BY_BUTTON)
        report = come_back(context, send(context, site), FULL)
        assert (report.soft, report.suppressed) == (1, 0)
        assert states(context)[-1] == (NoticeKind.WELCOME, DeliveryState.BOUNCED)


def test_who_calls_a_confirmation_spam_gets_none_again(site: Site) -> None:
    """A complaint is the word of the owner: whoever types their address again must not reach them."""
    with site.open() as context:
        mail = sign_up(context, site)
        report = come_back(context, mail, ABUSE)
        assert (report.complaints, report.suppressed) == (1, 1)
        assert suppressed(context) == {TARO: SuppressionReason.COMPLAINT}
        assert states(context) == [(NoticeKind.CONFIRM, DeliveryState.COMPLAINED)]
        come_back(context, mail)
        assert states(context) == [(NoticeKind.CONFIRM, DeliveryState.COMPLAINED)]
        ask(context, SignUp(TARO, ("weekly",)))
        assert deliver_notices(context).accepted == 0


def test_a_new_address_that_does_not_exist_changes_nothing_for_its_reader(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, TARO, ["weekly"])
        person = get_subscriber(context, TARO)
        token = tokens.sign(context.key, tokens.PREFERENCES, person.id, "weekly")
        ask_address_change(context, token, "tarro@reader.example", Circumstances("page"))
        report = come_back(context, send(context, site))
        assert (report.hard, report.suppressed) == (1, 0)
        assert suppressed(context) == {}
        assert get_subscriber(context, TARO).state is SubscriberState.ACTIVE


def test_a_goodbye_that_comes_back_suppresses_an_address_that_was_confirmed(site: Site) -> None:
    site.configure((CONFIGURED + PAGES).replace("  weekly:\n", "  weekly:\n    goodbye: true\n"))
    with site.open() as context:
        add_subscriber(context, TARO, ["weekly"])
        with context.database.write() as connection:
            found = subscribers.find_by_email(connection, TARO)
            assert found is not None
            leave(context, connection, found, ("weekly", "weekly"), Circumstances("mail"))
        report = come_back(context, send(context, site))
        assert (report.hard, report.suppressed) == (1, 1)
        assert suppressed(context) == {TARO: SuppressionReason.HARD}


def test_a_report_that_is_quicker_than_our_own_row_is_read_later(site: Site) -> None:
    with site.open() as context:
        mail = sign_up(context, site)
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE notices SET state = 'sending', owner = 'a'")
        assert come_back(context, mail).later == 1
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE notices SET state = 'accepted', owner = NULL")
        assert come_back(context, mail).hard == 1


# ---------------------------------------------------------------------------------------------------- mail services

SAID = Bounce(BounceKind.HARD, "postmark:1", address=TARO, is_trusted=True)


def settle(context: Context, bounce: Bounce) -> BounceReport:
    report = BounceReport()
    assert settle_bounces(context, [bounce], report) is Verdict.DONE
    return report


@pytest.mark.parametrize("key", ["", "notice-1", "7-1", "notice-99", "x" * 50])
def test_a_service_that_names_an_address_shuts_nobody_out_who_has_not_confirmed(site: Site, key: str) -> None:
    with site.open() as context:
        sign_up(context, site)
        report = settle(context, replace(SAID, key=key))
        assert (report.hard, report.suppressed) == (1, 0)
        expected = DeliveryState.BOUNCED if key == "notice-1" else DeliveryState.ACCEPTED
        assert states(context) == [(NoticeKind.CONFIRM, expected)]


def test_a_service_that_names_somebody_elses_mail_is_believed_of_the_address_alone(site: Site) -> None:
    """A key is no secret: another program on the same account may use the same."""
    with site.open() as context:
        sign_up(context, site)
        report = settle(context, replace(SAID, address="jiro@reader.example", key="notice-1"))
        assert (report.hard, report.suppressed) == (1, 1)
        assert suppressed(context) == {"jiro@reader.example": SuppressionReason.HARD}
        assert states(context) == [(NoticeKind.CONFIRM, DeliveryState.ACCEPTED)]


@pytest.mark.parametrize("add", [add_suppression, lambda context, email: settle(context, replace(SAID, address=email))])
def test_an_international_address_can_be_on_the_list(site: Site, add: Callable[[Context, str], object]) -> None:
    with site.open() as context:
        add(context, "花子@例え.jp")
        assert list(suppressed(context)) == ["花子@xn--r8jz45g.jp"]
        with pytest.raises(UsageError, match="suppressions remove"):
            add_subscriber(context, "花子@例え.jp", ["weekly"])
