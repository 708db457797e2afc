"""From what comes back to the ledger and the list of who must not be written to: real rows, real mails in a Maildir."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from publisher import tokens
from publisher.app.bouncing import BounceReport, Verdict, settle_bounces, take_mail
from publisher.app.consent import ask
from publisher.app.context import Context
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.leaving import undo_unsubscribe
from publisher.app.ledger import iterate_deliveries
from publisher.app.mailboxes import read_mailbox
from publisher.app.moving import ask_address_change
from publisher.app.noticing import deliver_notices
from publisher.app.people import add_subscriber, get_subscriber, remove_subscriber
from publisher.app.persondata import forget, get_person
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.app.suppressing import add_suppression, find_suppression, iterate_suppressions, remove_suppression
from publisher.errors import FetchError, UsageError
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.delivery import DeliveryState
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import SubscriberState
from publisher.model.suppression import SuppressionReason
from publisher.storage import schema
from publisher.subscribers.signup import SignUp
from tests.bounces.mailservers import Box, serve_imap, serve_pop
from tests.bounces.reports import ANSWERS, COMPLAINTS, NOTIFICATIONS, PLAIN, Report, block, dsn
from tests.site import CONFIG, Site

BOUNCES = "bounces@note.example"
PAGES = "web: {url: https://letters.note.example}\n"
CONFIGURED = CONFIG.replace(
    'delivery: {transport: "maildir:outbox"}',
    f'delivery: {{transport: "maildir:outbox", bounces: {BOUNCES}, bounce_mailbox: "maildir:returned"}}',
)
HARD, FULL, BLOCKED = NOTIFICATIONS[0], NOTIFICATIONS[3], NOTIFICATIONS[10]
ABUSE = COMPLAINTS[0]


@pytest.fixture
def site(site: Site) -> Site:
    site.configure(CONFIGURED)
    for folder in ("new", "cur", "tmp"):
        (site.folder / "returned" / folder).mkdir(parents=True)
    site.write("old.md", "前からある", date="2026-11-01")
    return site


def send(context: Context, site: Site, number: int = 1) -> int:
    """One more issue to everybody; returns its id."""
    if number == 1:
        scan(context)
        create_due_issues(context, scan(context).articles)
    site.clock.advance(days=1)
    site.write(f"new-{number}.md", f"新しい記事{number}", date=f"{site.clock.now:%Y-%m-%d}")
    (made,) = create_due_issues(context, scan(context).articles).created
    deliver(context)
    return made.id


def add(context: Context, *names: str) -> None:
    for name in names:
        add_subscriber(context, f"{name}@reader.example", ["new-article"])


def returned(site: Site, report: Report, reader: str = "taro@reader.example", *, by: str = "verp") -> bytes:
    """The report about the newest mail to this reader. `by`: what of the mail it names."""
    mail = [mail for mail in site.mails() if mail["To"].addresses[0].addr_spec == reader][-1]
    sender = mail["Return-Path"].strip("<>")
    token = mail["List-Unsubscribe"].rpartition("unsubscribe%20")[2].rstrip(">")
    values = {"to": reader, "id": mail["Message-ID"].strip("<>"), "token": token}
    if by == "token":
        sender = BOUNCES
    elif by == "message id":
        sender, values["token"] = BOUNCES, "none"
    elif by == "nothing":
        sender, values["token"], values["id"] = BOUNCES, "none", "other@note.example"
    return report.make(sender, **values)


def take(context: Context, content: bytes) -> BounceReport:
    report = BounceReport()
    take_mail(context, content, report)
    return report


def suppressed(context: Context) -> dict[str, SuppressionReason]:
    return {item.email: item.reason for item in iterate_suppressions(context)}


# ---------------------------------------------------------------------------------------------------- whose it is


def test_each_delivery_has_a_return_path_of_its_own(site: Site) -> None:
    with site.open() as context:
        add(context, "taro", "hanako")
        issue_id = send(context, site)
    paths = {mail["Return-Path"].strip("<>") for mail in site.mails()}
    assert len(paths) == 2
    assert all(path.startswith(f"bounces+{issue_id}-") and path.endswith("@note.example") for path in paths)


def test_without_verp_all_have_the_same(site: Site) -> None:
    site.configure(CONFIGURED.replace("bounces: ", "verp: false, bounces: "))
    with site.open() as context:
        add(context, "taro")
        send(context, site)
    assert [mail["Return-Path"] for mail in site.mails()] == [f"<{BOUNCES}>"]


@pytest.mark.parametrize("by", ["verp", "token", "message id"])
def test_a_hard_bounce_settles_its_delivery_and_suppresses_its_reader(site: Site, by: str) -> None:
    with site.open() as context:
        add(context, "taro", "hanako")
        issue_id = send(context, site)
        report = take(context, returned(site, HARD, by=by))
        assert (report.read, report.hard, report.suppressed) == (1, 1, 1)
        counts = get_issue(context, issue_id).counts
        assert (counts.accepted, counts.bounced, counts.total) == (1, 1, 2)
        (item,) = iterate_deliveries(context, issue_id, [DeliveryState.BOUNCED])
        assert (item.email, item.state) == ("taro@reader.example", "bounced")
        assert "User unknown" in (item.reply or "")
        assert get_subscriber(context, "taro@reader.example").state is SubscriberState.SUPPRESSED
        assert suppressed(context) == {"taro@reader.example": SuppressionReason.HARD}
        (listed,) = iterate_suppressions(context)
        assert listed.source.startswith(f"issue {issue_id}: 550 5.1.1")
        send(context, site, 2)
    assert [mail["To"].addresses[0].username for mail in site.mails()] == ["taro", "hanako", "hanako"]


def test_an_address_alone_proves_nothing(site: Site) -> None:
    """Or anybody could have anybody else suppressed."""
    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        report = take(context, returned(site, HARD, by="nothing"))
        assert (report.unmatched, report.hard, report.suppressed) == (1, 0, 0)
        assert get_issue(context, issue_id).counts.accepted == 1
        assert suppressed(context) == {}


def test_somebody_elses_message_id_proves_nothing(site: Site) -> None:
    with site.open() as context:
        add(context, "taro", "hanako")
        send(context, site)
        content = returned(site, HARD, "hanako@reader.example", by="message id")
        report = take(context, content.replace(b"hanako@reader.example", b"taro@reader.example"))
        assert (report.unmatched, suppressed(context)) == (1, {})


def test_a_former_key_is_still_known(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        content = returned(site, replace(HARD, text=dsn(block("5.1.1"), returned=False)))
    old = "secret_key: a-key-for-tests"
    site.configure(CONFIGURED.replace(old, "secret_key: a-new-key-for-tests"))
    with site.open() as context:
        assert take(context, content).unmatched == 1
    site.configure(CONFIGURED.replace(old, "secret_key: [a-new-key-for-tests, a-key-for-tests]"))
    with site.open() as context:
        assert take(context, content).hard == 1


# ---------------------------------------------------------------------------------------------------- what it does


def test_a_report_counts_once_however_often_it_is_read(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        content = returned(site, HARD)
        take(context, content)
        report = take(context, b"Received: again\r\n" + content)
        assert (report.again, report.hard, report.suppressed) == (1, 0, 0)


def test_soft_ones_suppress_after_three_issues_within_a_month(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        for number in (1, 2, 3):
            assert suppressed(context) == {}
            send(context, site, number)
            report = take(context, returned(site, FULL).replace(b"AAAA", b"A%d" % number))
            assert (report.soft, report.suppressed) == (1, int(number == 3))
        assert suppressed(context) == {"taro@reader.example": SuppressionReason.SOFT}


def test_two_soft_ones_of_one_issue_are_one(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        content = returned(site, FULL)
        reports = [take(context, content.replace(b"AAAA", b"A%d" % number)) for number in range(4)]
        assert [report.soft for report in reports] == [1, 1, 1, 1]
        assert suppressed(context) == {}


def test_soft_ones_long_ago_do_not_count(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        for number in (1, 2, 3):
            send(context, site, number)
            take(context, returned(site, FULL).replace(b"AAAA", b"A%d" % number))
            site.clock.advance(days=16)
        assert suppressed(context) == {}


def test_a_refusal_of_ourselves_is_no_fault_of_the_reader(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        for number in range(1, 6):
            issue_id = send(context, site, number)
            report = take(context, returned(site, BLOCKED).replace(b"AAAA", b"A%d" % number))
            assert (report.policy, get_issue(context, issue_id).counts.bounced) == (1, 1)
        assert suppressed(context) == {}


def test_a_complaint_suppresses_at_once(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        report = take(context, returned(site, ABUSE))
        assert (report.complaints, report.suppressed) == (1, 1)
        counts = get_issue(context, issue_id).counts
        assert (counts.complained, counts.accepted) == (1, 0)
        assert suppressed(context) == {"taro@reader.example": SuppressionReason.COMPLAINT}
        take(context, returned(site, HARD))
        assert get_issue(context, issue_id).counts.complained == 1


def test_who_asks_by_mail_leaves_that_newsletter(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, "taro@reader.example", [])
        send(context, site)
        content = returned(site, ANSWERS[4], by="token")
        assert take(context, content).left == 1
        assert get_subscriber(context, "taro@reader.example").newsletters == ("weekly",)
        assert take(context, content).again == 1
        forged = content.replace(b"unsubscribe ", b"unsubscribe A")[: -len("A")]
        assert take(context, forged).left == 0


def test_who_leaves_the_last_one_is_unsubscribed(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        take(context, returned(site, ANSWERS[5], by="token"))
        assert get_subscriber(context, "taro@reader.example").state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("report", [*ANSWERS[:4], NOTIFICATIONS[6], PLAIN[-2]], ids=lambda report: report.name)
def test_what_decides_nothing_changes_nothing(site: Site, report: Report) -> None:
    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        assert take(context, returned(site, report)).ignored == 1
        assert get_issue(context, issue_id).counts.accepted == 1
        assert get_subscriber(context, "taro@reader.example").state is SubscriberState.ACTIVE


def test_a_report_that_is_quicker_than_our_own_row_is_read_later(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        content = returned(site, HARD)
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET state = 'sending', owner = 'a', epoch = 2")
        report = BounceReport()
        assert take_mail(context, content, report) is Verdict.LATER
        assert (report.later, suppressed(context)) == (1, {})
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET state = 'accepted', owner = NULL")
        assert take_mail(context, content, report) is Verdict.DONE
        assert get_issue(context, issue_id).counts.bounced == 1


def test_who_reports_with_a_proof_needs_no_other(site: Site) -> None:
    bounce = Bounce(BounceKind.HARD, "ses:1", address="taro@reader.example", is_trusted=True)
    with site.open() as context:
        add(context, "taro")
        report = BounceReport()
        assert settle_bounces(context, [replace(bounce, is_trusted=False)], report) is Verdict.UNKNOWN
        assert settle_bounces(context, [bounce], report) is Verdict.DONE
        assert suppressed(context) == {"taro@reader.example": SuppressionReason.HARD}
        unknown = replace(bounce, source_id="ses:2", address="nobody@reader.example")
        assert settle_bounces(context, [unknown], report) is Verdict.DONE
        with pytest.raises(UsageError, match="suppressions remove"):
            add(context, "nobody")


# ---------------------------------------------------------------------------------------------------- mailbox


def put(site: Site, name: str, content: bytes) -> None:
    (site.folder / "returned" / "new" / name).write_bytes(content)


def names(site: Site, part: str) -> list[str]:
    return sorted(path.name for path in (site.folder / "returned" / part).iterdir())


def test_a_maildir_is_read_and_its_mails_are_put_aside(site: Site) -> None:
    with site.open() as context:
        add(context, "taro", "hanako", "jiro")
        issue_id = send(context, site)
        put(site, "1.hard", returned(site, HARD))
        put(site, "2.abuse", returned(site, ABUSE, "hanako@reader.example"))
        put(site, "3.person", ANSWERS[6].make())
        put(site, "4.away", ANSWERS[0].make())
        report = read_mailbox(context)
        assert (report.read, report.hard, report.complaints, report.unknown, report.ignored) == (4, 1, 1, 1, 1)
        counts = get_issue(context, issue_id).counts
        assert (counts.bounced, counts.complained, counts.accepted) == (1, 1, 1)
        assert names(site, "new") == []
        assert names(site, "cur") == ["1.hard:2,S", "2.abuse:2,S", "3.person:2,FS", "4.away:2,S"]
        assert read_mailbox(context).read == 0


def test_a_crash_before_a_mail_is_put_aside_counts_it_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise FetchError("the power failed")

    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        put(site, "1.hard", returned(site, HARD))
        with monkeypatch.context() as patched:
            patched.setattr("publisher.bounces.maildir.MaildirMailbox.settle", crash)
            with pytest.raises(FetchError):
                read_mailbox(context)
        assert names(site, "new") == ["1.hard"]
        report = read_mailbox(context)
        assert (report.again, report.hard) == (1, 0)
        assert get_issue(context, issue_id).counts.bounced == 1
        assert names(site, "cur") == ["1.hard:2,S"]


def test_a_maildir_that_nothing_has_come_into_is_made(site: Site) -> None:
    for folder in ("new", "cur", "tmp", ""):
        (site.folder / "returned" / folder).rmdir()
    with site.open() as context:
        assert read_mailbox(context).read == 0
        add(context, "taro")
        send(context, site)
        put(site, "1.hard", returned(site, HARD))
        assert read_mailbox(context).hard == 1


def test_a_folder_that_is_no_maildir_is_named(site: Site) -> None:
    (site.folder / "returned" / "new").rmdir()
    with site.open() as context, pytest.raises(FetchError, match="returned/new: cannot be read"):
        read_mailbox(context)


def test_without_a_mailbox_there_is_nothing_to_read(site: Site) -> None:
    site.configure()
    with site.open() as context, pytest.raises(UsageError, match=r"delivery\.bounce_mailbox"):
        read_mailbox(context)


# ---------------------------------------------------------------------------------------------------- the list


@pytest.mark.parametrize("again", [lambda c: add(c, "taro"), lambda c: add(c, "TARO")])
def test_nobody_comes_back_but_by_name(site: Site, again: Callable[[Context], None]) -> None:
    with site.open() as context:
        add(context, "taro")
        assert add_suppression(context, "taro@reader.example", "by telephone")
        assert not add_suppression(context, "Taro@Reader.Example")
        with pytest.raises(UsageError, match="suppressions remove"):
            again(context)
        person = remove_suppression(context, "taro@reader.example")
        assert person is not None
        assert (person.state, person.newsletters) == (SubscriberState.ACTIVE, ("new-article",))
        assert suppressed(context) == {}
        with pytest.raises(UsageError, match="is not suppressed"):
            remove_suppression(context, "taro@reader.example")


def test_who_is_suppressed_between_freezing_and_sending_gets_nothing(site: Site) -> None:
    with site.open() as context:
        add(context, "taro", "hanako")
        create_due_issues(context, scan(context).articles)
        site.clock.advance(days=1)
        site.write("new.md", "新しい", date=f"{site.clock.now:%Y-%m-%d}")
        (made,) = create_due_issues(context, scan(context).articles).created
        with context.database.write() as connection:  # the address alone, as somebody else's list has it
            connection.exec_driver_sql(
                "INSERT INTO suppressions VALUES ('taro@reader.example', 'taro@reader.example', 'imported', '', '')"
            )
        deliver(context)
        counts = get_issue(context, made.id).counts
        assert (counts.accepted, counts.suppressed) == (1, 1)


def test_the_list_alone_keeps_an_address_out_of_an_audience(site: Site) -> None:
    with site.open() as context:
        add(context, "taro", "hanako")
        with context.database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO suppressions VALUES ('taro@reader.example', 'taro@reader.example', 'imported', '', '')"
            )
        assert get_issue(context, send(context, site)).counts.total == 1


def test_several_recipients_without_a_signed_address_are_settled_one_by_one(site: Site) -> None:
    report = replace(HARD, text=dsn(block("5.1.1"), block("5.2.2", final="other@far.example")))
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        found = take(context, returned(site, report, by="message id"))
        assert (found.hard, found.unmatched, found.suppressed) == (1, 1, 1)


# ---------------------------------------------------------------------------------------------------- on a server


def test_what_pop_cannot_mark_is_remembered(site: Site) -> None:
    with serve_pop(Box()) as box:
        site.configure(CONFIGURED.replace("maildir:returned", box.pop()))
        with site.open() as context:
            add(context, "taro")
            issue_id = send(context, site)
            box.mails += [returned(site, HARD), ANSWERS[6].make()]
            report = read_mailbox(context)
            assert (report.read, report.hard, report.unknown) == (2, 1, 1)
            assert box.deleted == {1}
            assert read_mailbox(context).read == 0
            assert get_issue(context, issue_id).counts.bounced == 1


def test_what_imap_holds_is_marked(site: Site) -> None:
    with serve_imap(Box()) as box:
        site.configure(CONFIGURED.replace("maildir:returned", box.imap()))
        with site.open() as context:
            add(context, "taro")
            send(context, site)
            box.mails += [returned(site, HARD), ANSWERS[6].make()]
            report = read_mailbox(context)
            assert (report.read, report.hard, report.unknown) == (2, 1, 1)
            assert box.flags == {1: {"\\Seen"}, 2: {"\\Seen", "\\Flagged"}}


def test_a_server_that_breaks_off_loses_and_doubles_nothing(site: Site) -> None:
    with serve_pop(Box(broken="DELE")) as box:
        site.configure(CONFIGURED.replace("maildir:returned", box.pop()))
        with site.open() as context:
            add(context, "taro")
            send(context, site)
            box.mails += [returned(site, HARD)]
            with pytest.raises(FetchError):
                read_mailbox(context)
            assert suppressed(context) == {"taro@reader.example": SuppressionReason.HARD}
            box.broken = ""
            assert read_mailbox(context).again == 1
            assert box.deleted == {1}


# ---------------------------------------------------------------------------------------------------- consent


def log_of(context: Context, email: str = "taro@reader.example") -> list[tuple[ConsentEvent, str, str]]:
    return [(item.event, item.circumstances.how, item.circumstances.reason) for item in get_person(context, email).log]


def test_the_log_of_a_reader_says_what_came_back_and_who_lifted_it(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        issue_id = send(context, site)
        take(context, returned(site, HARD))
        remove_suppression(context, "taro@reader.example")
        _, bounced, lifted = log_of(context)
        assert bounced[:2] == (ConsentEvent.BOUNCED, "report")
        assert bounced[2].startswith(f"issue {issue_id}: 550 5.1.1")
        assert lifted == (ConsentEvent.LIFTED, "operator", "")
        assert get_subscriber(context, "taro@reader.example").state is SubscriberState.ACTIVE
        take(context, returned(site, ABUSE))
        add_suppression(context, "taro@reader.example")
        assert log_of(context)[3:] == [(ConsentEvent.COMPLAINED, "report", log_of(context)[3][2])]


@pytest.mark.parametrize("newsletter", ["weekly", "new-article"])
def test_who_is_lifted_goes_on_as_who_joins_now(site: Site, newsletter: str) -> None:
    with site.open() as context:
        for name in ("taro", "hanako"):
            add_subscriber(context, f"{name}@reader.example", [newsletter])
        scan(context)
        add_suppression(context, "taro@reader.example")
        for number in range(5):
            site.clock.advance(days=7)
            site.write(f"new-{number}.md", f"記事{number}", date=f"{site.clock.now:%Y-%m-%d}")
            create_due_issues(context, scan(context).articles)
            deliver(context)
        before = len(site.mails())
        site.write("between.md", "あいだの記事", date=f"{site.clock.now:%Y-%m-%d}")
        scan(context)
        remove_suppression(context, "taro@reader.example")
        add_subscriber(context, "mio@reader.example", [newsletter])
        site.clock.advance(days=7)
        site.write("last.md", "さいごの記事", date=f"{site.clock.now:%Y-%m-%d}")
        create_due_issues(context, scan(context).articles)
        deliver(context)
        mails = {mail["To"].addresses[0].username: mail for mail in site.mails()[before:]}
    titles = ("記事0", "記事3", "記事4", "あいだの記事", "さいごの記事")
    bodies = {}
    for name, mail in mails.items():
        part = mail.get_body(("plain",))
        assert part is not None
        bodies[name] = [title for title in titles if title in part.get_content()]
    assert bodies["taro"] == bodies["mio"] == bodies["hanako"]
    assert "さいごの記事" in bodies["taro"]
    assert "記事3" not in bodies["taro"]


def test_who_had_left_stays_away_when_the_address_is_lifted(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        remove_subscriber(context, "taro@reader.example", [])
        add_suppression(context, "taro@reader.example")
        assert get_subscriber(context, "taro@reader.example").state is SubscriberState.SUPPRESSED
        person = remove_suppression(context, "taro@reader.example")
        assert person is not None
        assert (person.state, person.newsletters) == (SubscriberState.UNSUBSCRIBED, ())


def test_who_leaves_by_mail_is_told_so_and_may_take_it_back(site: Site) -> None:
    """The word is in the second address of List-Unsubscribe, behind that of the page."""
    site.configure(CONFIGURED.replace("  new-article:\n", "  new-article:\n    goodbye: true\n") + PAGES)
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        (mail,) = site.mails()
        page, by_mail = mail["List-Unsubscribe"].split(", ")
        token = page.rpartition("/")[2].rstrip(">")
        assert by_mail.endswith(f"unsubscribe%20{token}>")
        request = f"From: taro@reader.example\r\nTo: news@note.example\r\nSubject: unsubscribe {token}\r\n\r\n"
        assert take(context, request.encode()).left == 1
        assert log_of(context)[-1] == (ConsentEvent.LEFT, "mail", "")
        (told,) = get_person(context, "taro@reader.example").notices
        assert told.notice.kind is NoticeKind.GOODBYE
        assert take(context, request.encode()).again == 1
        undone = undo_unsubscribe(context, token, Circumstances("page"))
        assert undone is not None
        assert undone.changed == ("new-article",)


def test_no_form_brings_in_an_address_on_the_list(site: Site) -> None:
    site.configure(CONFIGURED + PAGES)
    with site.open() as context:
        add(context, "taro")
        add_suppression(context, "hanako@reader.example")
        ask(context, SignUp("hanako@reader.example", ("new-article",)))
        person = get_subscriber(context, "taro@reader.example")
        token = tokens.sign(context.key, tokens.PREFERENCES, person.id, "new-article")
        ask_address_change(context, token, "hanako@reader.example", Circumstances("page"))
        with pytest.raises(UsageError):
            get_subscriber(context, "hanako@reader.example")
        assert deliver_notices(context).accepted == 0


def test_to_forget_a_reader_leaves_a_hash_on_the_list_and_no_word_about_them(site: Site) -> None:
    with site.open() as context:
        add(context, "taro")
        send(context, site)
        content = returned(site, HARD)
        take(context, content)
        forget(context, "taro@reader.example")
        with context.database.read() as connection:
            (row,) = connection.execute(select(schema.bounces))
            barred = find_suppression(context, connection, "taro@reader.example")
        assert (row.subscriber_id, row.text) == (None, "")
        assert barred is not None
        assert (barred.email, barred.reason, barred.source) == ("", SuppressionReason.HARD, "")
        assert suppressed(context) == {}
        assert take(context, content).hard == 0
