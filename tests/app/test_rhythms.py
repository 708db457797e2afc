"""Each reader gets each article once: at their own rhythm, on their topics, in their language, and never at night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from publisher import tokens
from publisher.app.archiving import get_issue_page
from publisher.app.foresight import foresee
from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import (
    IssueReport,
    approve,
    cancel,
    create_digest,
    create_due_issues,
    list_variants,
    plan_digest,
)
from publisher.app.leaving import undo_unsubscribe, unsubscribe
from publisher.app.oneoff import plan_letter
from publisher.app.people import add_subscriber, get_subscriber, remove_subscriber
from publisher.app.preferences import change_preferences, read_preferences
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.issues.select import Request
from publisher.model.consent import Circumstances
from publisher.model.preferences import Rhythm
from tests.site import CONFIG, Site

A, B = "a@reader.example", "b@reader.example"
RHYTHMS = "\n    rhythms: [each, daily, weekly, monthly]"
CHOICES = CONFIG.replace('schedule: "0 8 * * mon"', 'schedule: "0 8 * * mon"' + RHYTHMS).replace(
    "schedule: on-publish", "schedule: on-publish" + RHYTHMS
)


@pytest.fixture(autouse=True)
def _choices(site: Site) -> None:
    site.configure(CHOICES)


def join(site: Site, *addresses: str, newsletter: str = "weekly") -> None:
    with site.open() as context:
        scan(context)
        for address in addresses:
            add_subscriber(context, address, [newsletter])


def choose(site: Site, address: str, *, newsletter: str = "weekly", **changes: object) -> None:
    """Of the newsletter: topics and rhythm; the rest is the person's."""
    with site.open() as context:
        id_ = get_subscriber(context, address).id
        found = read_preferences(context, id_)
        own = {name: changes.pop(name) for name in ("topics", "rhythm") if name in changes}
        choices = tuple(
            replace(choice, **own) if choice.newsletter == newsletter else choice  # type: ignore[arg-type] # fields by name
            for choice in found.newsletters
        )
        change_preferences(context, id_, replace(found, newsletters=choices, **changes))  # type: ignore[arg-type] # fields by name


def run(site: Site) -> IssueReport:
    with site.open() as context:
        report = create_due_issues(context, scan(context).articles)
        assert report.failed == {}
        deliver(context)
        return report


def got(site: Site, address: str) -> list[str]:
    """The subjects of what the reader has in their inbox."""
    return [str(mail["Subject"]) for mail in inbox(site, address)]


def inbox(site: Site, address: str) -> list[EmailMessage]:
    return [mail for mail in site.mails() if mail["To"] == address]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def shown(site: Site, address: str, titles: Sequence[str]) -> list[list[str]]:
    """Which of `titles` each mail of the reader has."""
    return [[title for title in titles if title in text_of(mail)] for mail in inbox(site, address)]


def to_monday(site: Site, weeks: int = 0) -> None:
    site.clock.now = datetime(2026, 11, 22, 23, 0, tzinfo=UTC) + timedelta(weeks=weeks)


def test_a_daily_reader_gets_the_day_and_a_weekly_one_the_week(site: Site) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.DAILY)
    site.write("1.md", "木曜の記事", date="2026-11-19")
    run(site)
    site.clock.now = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    run(site)
    site.write("2.md", "金曜の記事", date="2026-11-20")
    site.clock.advance(days=1)
    run(site)
    to_monday(site)
    run(site)
    assert shown(site, A, ["木曜の記事", "金曜の記事"]) == [["木曜の記事"], ["金曜の記事"]]
    assert shown(site, B, ["木曜の記事", "金曜の記事"]) == [["木曜の記事", "金曜の記事"]]


def test_a_day_without_an_article_sends_nothing(site: Site) -> None:
    join(site, A)
    choose(site, A, rhythm=Rhythm.DAILY)
    for _ in range(3):
        site.clock.advance(days=1)
        assert run(site).created == []
    assert site.mails() == []


def test_each_comes_with_its_article_and_several_at_once_in_one_mail(site: Site) -> None:
    join(site, A)
    choose(site, A, rhythm=Rhythm.EACH)
    site.write("1.md", "ひとつめ", date="2026-11-19")
    run(site)
    run(site)
    assert got(site, A) == ["ひとつめ"]
    site.write("2.md", "ふたつめ", date="2026-11-19")
    site.write("3.md", "みっつめ", date="2026-11-19")
    run(site)
    assert shown(site, A, ["ひとつめ", "ふたつめ", "みっつめ"]) == [["ひとつめ"], ["ふたつめ", "みっつめ"]]


@pytest.mark.parametrize("rhythm", [Rhythm.EACH, Rhythm.DAILY, Rhythm.WEEKLY, None])
def test_what_has_not_come_yet_comes_with_the_next_mail_whatever_the_rhythm_is_then(
    site: Site, rhythm: Rhythm | None
) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.MONTHLY)
    site.write("1.md", "まだの記事", date="2026-11-19")
    to_monday(site)
    run(site)
    assert (got(site, A), len(got(site, B))) == ([], 1)
    choose(site, A, rhythm=rhythm)
    to_monday(site, weeks=1)
    run(site)
    to_monday(site, weeks=2)
    run(site)
    assert shown(site, A, ["まだの記事"]) == [["まだの記事"]]
    assert len(got(site, B)) == 1


def test_a_digest_by_hand_is_for_those_without_a_rhythm_and_repeats_nothing_for_who_had_one(site: Site) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.EACH)
    site.write("1.md", "記事", date="2026-11-19")
    run(site)
    choose(site, A, rhythm=None)
    with site.open() as context:
        articles = scan(context).articles
        request = Request(since=site.clock.now - timedelta(days=7))
        plan = plan_digest(context, "weekly", request, articles)
        assert plan.receivers == 1
        assert create_digest(context, plan, request) is not None
        deliver(context)
    to_monday(site)
    run(site)
    assert (len(got(site, A)), len(got(site, B))) == (1, 1)


def test_topics_choose_and_what_they_passed_over_does_not_come_later(site: Site) -> None:
    site.write("0.md", "昔の記事", tags=["麹", "味噌"], date="2026-11-10")
    join(site, A, B)
    choose(site, A, topics=("麹",))
    site.write("1.md", "麹の話", tags=["麹"], date="2026-11-19")
    site.write("2.md", "味噌の話", categories=["味噌"], date="2026-11-19")
    to_monday(site)
    report = run(site)
    assert len(report.created) == 1, "one issue, two variants"
    with site.open() as context:
        assert [(language, number) for language, _, number in list_variants(context, report.created[0].id)] == [
            ("ja", 1),
            ("ja", 1),
        ]
    assert shown(site, A, ["麹の話", "味噌の話"]) == [["麹の話"]]
    assert shown(site, B, ["麹の話", "味噌の話"]) == [["麹の話", "味噌の話"]]
    choose(site, A, topics=())
    to_monday(site, weeks=1)
    assert run(site).created == []


def test_readers_with_the_same_choice_share_a_variant(site: Site) -> None:
    site.write("0.md", "昔の記事", tags=["麹", "味噌"], date="2026-11-10")
    join(site, A, B, "c@reader.example")
    choose(site, A, topics=("麹",))
    choose(site, B, topics=("麹", "味噌"))
    site.write("1.md", "麹の話", tags=["麹"], date="2026-11-19")
    to_monday(site)
    issue = run(site).created[0]
    with site.open() as context:
        assert len(list_variants(context, issue.id)) == 1, "all are due the same"


def test_nobodys_topic_is_no_issue(site: Site) -> None:
    site.write("0.md", "昔の記事", tags=["麹"], date="2026-11-10")
    join(site, A)
    choose(site, A, topics=("麹",))
    site.write("1.md", "味噌の話", tags=["味噌"], date="2026-11-19")
    to_monday(site)
    report = run(site)
    assert (report.created, report.empty) == ([], ["weekly"])


def test_a_pause_sends_nothing_and_loses_nothing(site: Site) -> None:
    join(site, A, B)
    choose(site, A, paused_until=site.clock.now + timedelta(weeks=2))
    site.write("1.md", "一週目", date="2026-11-19")
    to_monday(site)
    run(site)
    site.write("2.md", "二週目", date="2026-11-26")
    to_monday(site, weeks=1)
    run(site)
    assert (got(site, A), len(got(site, B))) == ([], 2)
    site.write("3.md", "三週目", date="2026-12-03")
    to_monday(site, weeks=2)
    run(site)
    assert shown(site, A, ["一週目", "二週目", "三週目"]) == [["一週目", "二週目", "三週目"]]
    assert shown(site, B, ["一週目", "二週目", "三週目"]) == [["一週目"], ["二週目"], ["三週目"]]


def test_after_a_pause_of_an_on_publish_newsletter_what_was_missed_comes_in_one_mail(site: Site) -> None:
    join(site, A, B, newsletter="new-article")
    choose(site, A, newsletter="new-article", paused_until=site.clock.now + timedelta(days=3))
    for number in (1, 2):
        site.write(f"{number}.md", f"{number}つめ", date="2026-11-19")
        run(site)
    assert (got(site, A), got(site, B)) == ([], ["1つめ", "2つめ"])
    site.clock.advance(days=3)
    run(site)
    site.write("3.md", "3つめ", date="2026-11-22")
    run(site)
    assert shown(site, A, ["1つめ", "2つめ", "3つめ"]) == [["1つめ", "2つめ"], ["3つめ"]]
    assert len(got(site, B)) == 3


@pytest.mark.parametrize("ends", ["by itself", "by the reader"])
def test_what_was_missed_in_a_pause_comes_though_something_new_appears_as_it_ends(site: Site, ends: str) -> None:
    join(site, A, B, newsletter="new-article")
    choose(site, A, newsletter="new-article", paused_until=site.clock.now + timedelta(days=5))
    site.write("1.md", "休みの記事", date="2026-11-19")
    run(site)
    site.clock.advance(days=5 if ends == "by itself" else 2)
    if ends == "by the reader":
        choose(site, A, newsletter="new-article", paused_until=None)
    site.write("2.md", "明けの記事", date=f"{site.clock.now:%Y-%m-%d}")
    run(site)
    run(site)
    titles = ["休みの記事", "明けの記事"]
    assert sorted(shown(site, A, titles)) == [["休みの記事"], ["明けの記事"]]
    assert sorted(shown(site, B, titles)) == [["休みの記事"], ["明けの記事"]]


def test_at_night_nothing_begins(site: Site) -> None:
    site.configure(CHOICES.replace("rhythms:", 'quiet: "22:00-07:00"\n    rhythms:'))
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.EACH)
    choose(site, B, rhythm=Rhythm.EACH, timezone="Europe/Paris")
    site.clock.now = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo, 15:00 in Paris
    site.write("1.md", "夜の記事", date="2026-11-19")
    run(site)
    assert (got(site, A), got(site, B)) == ([], ["夜の記事"])
    site.write("2.md", "夜中の記事", date="2026-11-19")
    site.clock.now = datetime(2026, 11, 19, 21, 59, tzinfo=UTC)
    run(site)
    assert got(site, A) == []
    site.clock.advance(minutes=1)  # 07:00 in Tokyo
    run(site)
    assert shown(site, A, ["夜の記事", "夜中の記事"]) == [["夜の記事", "夜中の記事"]]


def test_the_newsletters_own_issue_waits_for_the_readers_hour_and_morning(site: Site) -> None:
    site.configure(CHOICES.replace("rhythms:", 'quiet: "22:00-07:00"\n    rhythms:'))
    join(site, A, B, "c@reader.example")
    choose(site, A, timezone="America/New_York")
    choose(site, B, hour=21)
    site.write("1.md", "記事", date="2026-11-19")
    site.clock.now = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # late on Monday: 12:30 in Tokyo, 22:30 in New York
    run(site)
    assert [len(got(site, address)) for address in (A, B, "c@reader.example")] == [0, 0, 1]
    site.clock.now = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    run(site)
    assert [len(got(site, address)) for address in (A, B)] == [0, 0]
    site.clock.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 21:00 in Tokyo, 07:00 in New York
    run(site)
    assert [len(got(site, address)) for address in (A, B)] == [1, 1]


def test_everybody_gets_an_article_in_their_language_once(site: Site) -> None:
    join(site, A, B, "c@reader.example")
    choose(site, A, language="en-GB")
    choose(site, B, language="fr")
    site.write("koji/index.md", "麹のつくりかた", date="2026-11-19")
    site.write("koji/index.en.md", "How to make koji", date="2026-11-19")
    to_monday(site)
    report = run(site)
    titles = ["麹のつくりかた", "How to make koji"]
    assert shown(site, A, titles) == [["How to make koji"]]
    assert shown(site, B, titles) == [["麹のつくりかた"]], "in the site's language, where there is none of theirs"
    assert shown(site, "c@reader.example", titles) == [["麹のつくりかた"]]
    assert inbox(site, A)[0]["Content-Language"] == "en"
    with site.open() as context:
        assert [(one, number) for one, _, number in list_variants(context, report.created[0].id)] == [
            ("ja", 2),
            ("en", 1),
        ]
    to_monday(site, weeks=1)
    assert run(site).created == []


def test_a_translation_that_comes_later_is_not_mailed_to_who_had_the_article(site: Site) -> None:
    site.write("old/index.md", "昔", date="2026-11-10")
    site.write("old/index.en.md", "Old", date="2026-11-10")
    join(site, A, B)
    choose(site, A, language="en")
    choose(site, B, language="en", rhythm=Rhythm.MONTHLY)
    site.write("koji/index.md", "麹", date="2026-11-19")
    to_monday(site)
    run(site)
    site.write("koji/index.en.md", "Koji", date="2026-11-28")
    site.write("old/index.fr.md", "Vieux", date="2026-11-28")
    to_monday(site, weeks=1)
    assert run(site).created == []
    site.clock.now = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    run(site)
    assert got(site, A) == ["麹"]
    assert got(site, B) == ["Koji"], "who had neither gets theirs"


def test_an_article_that_cannot_be_read_is_waited_for_by_each_and_holds_up_no_other(site: Site) -> None:
    join(site, A)
    choose(site, A, rhythm=Rhythm.EACH)
    text = site.write("1.md", "直した記事", date="2026-11-19").read_text(encoding="utf-8")
    with site.open() as context:
        scan(context)
    site.write_raw("1.md", "---\ntitle: [\n---\n")
    site.write("2.md", "ほかの記事", date="2026-11-19")
    run(site)
    assert got(site, A) == ["ほかの記事"]
    site.write_raw("1.md", text)
    run(site)
    run(site)
    assert got(site, A) == ["ほかの記事", "直した記事"]


def test_what_is_held_as_a_draft_is_held_back_from_everybody(site: Site) -> None:
    site.write("0.md", "昔の記事", tags=["麹"], date="2026-11-10")
    join(site, A, B, "c@reader.example", newsletter="new-article")
    choose(site, A, newsletter="new-article", rhythm=Rhythm.EACH)
    choose(site, B, newsletter="new-article", topics=("麹",))
    for number in range(4):
        site.write(f"{number + 1}.md", f"記事{number}", tags=["麹"] if number == 2 else [], date="2026-11-19")
    held = run(site).held[0]
    assert site.mails() == []
    site.write("9.md", "そのあと", date="2026-11-19")
    run(site)
    assert (got(site, A), got(site, B), got(site, "c@reader.example")) == (["そのあと"], [], ["そのあと"])
    with site.open() as context:
        approve(context, held.id)
        deliver(context)
    run(site)
    names = [f"記事{number}" for number in range(4)]
    assert sorted(shown(site, A, names)) == [[], names]
    assert shown(site, B, names) == [["記事2"]]
    assert sorted(shown(site, "c@reader.example", names)) == [[], names]


def test_what_was_cancelled_comes_to_nobody(site: Site) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.MONTHLY)
    choose(site, B, paused_until=site.clock.now + timedelta(days=5))
    join(site, "c@reader.example")
    site.write("1.md", "取りやめ", date="2026-11-19")
    to_monday(site)
    with site.open() as context:
        issue = create_due_issues(context, scan(context).articles).created[0]
        cancel(context, issue.id)
    for weeks in (1, 2):
        to_monday(site, weeks=weeks)
        assert run(site).created == []


def test_a_letter_goes_to_everybody_who_does_not_pause(site: Site) -> None:
    join(site, A, B, "c@reader.example")
    choose(site, A, rhythm=Rhythm.MONTHLY)
    choose(site, B, paused_until=site.clock.now + timedelta(days=5))
    letter = site.folder / "letter.md"
    letter.write_text("---\ntitle: お知らせ\n---\n本文\n", encoding="utf-8")
    with site.open() as context:
        issue = create_digest(context, plan_letter(context, "weekly", letter), Request())
        assert issue is not None
        deliver(context)
    assert sorted(str(mail["To"]) for mail in site.mails()) == [A, "c@reader.example"]


def test_who_leaves_and_comes_back_gets_nothing_twice(site: Site) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.EACH)
    site.write("1.md", "記事", date="2026-11-19")
    run(site)
    with site.open() as context:
        remove_subscriber(context, A, [])
        add_subscriber(context, A, ["weekly"])
    choose(site, A, rhythm=None)
    to_monday(site)
    run(site)
    assert (got(site, A), got(site, B)) == (["記事"], ["記事"])


@pytest.mark.parametrize("newsletter", ["weekly", "new-article"])
@pytest.mark.parametrize("rhythm", [None, Rhythm.EACH, Rhythm.DAILY])
def test_who_takes_leaving_back_misses_nothing(site: Site, newsletter: str, rhythm: Rhythm | None) -> None:
    join(site, A, B, newsletter=newsletter)
    choose(site, A, newsletter=newsletter, rhythm=rhythm)
    with site.open() as context:
        token = tokens.sign(context.key, tokens.UNSUBSCRIBE, get_subscriber(context, A).id, newsletter)
        unsubscribe(context, token, Circumstances("one-click"))
    site.write("1.md", "その間の記事", date="2026-11-19")
    run(site)
    site.clock.advance(days=2)
    with site.open() as context:
        assert undo_unsubscribe(context, token, Circumstances("form"))
    site.write("2.md", "戻った後の記事", date=f"{site.clock.now:%Y-%m-%d}")
    for _ in range(3):
        run(site)
        to_monday(site)
    titles = ["その間の記事", "戻った後の記事"]
    assert sorted(title for mail in shown(site, A, titles) for title in mail) == sorted(titles)


def test_who_left_gets_nothing_at_their_hour(site: Site) -> None:
    join(site, A)
    choose(site, A, rhythm=Rhythm.DAILY)
    site.write("1.md", "記事", date="2026-11-19")
    with site.open() as context:
        remove_subscriber(context, A, [])
    site.clock.advance(days=2)
    assert run(site).created == []


def test_a_plan_says_which_variants_there_are(site: Site) -> None:
    join(site, A, B)
    choose(site, A, language="en")
    site.write("koji.md", "麹", date="2026-11-19")
    site.write("koji.en.md", "Koji", date="2026-11-19")
    with site.open() as context:
        plan = plan_digest(context, "weekly", Request(), scan(context).articles)
    assert [article.title for article in plan.selection.articles] == ["麹"]
    assert sorted((variant.language, readers) for variant, readers in plan.variants) == [("en", 1), ("ja", 1)]


def test_an_article_that_waits_for_its_undo_window_comes_to_readers_of_each_when_that_is_over(site: Site) -> None:
    site.configure(CHOICES.replace("  new-article:\n", "  new-article:\n    undo: 10m\n"))
    join(site, A, B, newsletter="new-article")
    choose(site, A, newsletter="new-article", rhythm=Rhythm.EACH)
    site.write("1.md", "待つ記事", date="2026-11-19")
    assert run(site).waiting["new-article"] == [("待つ記事", "can be taken back until 12:10")]
    assert (got(site, A), got(site, B)) == ([], [])
    site.clock.advance(minutes=10)
    run(site)
    run(site)
    assert (got(site, A), got(site, B)) == (["待つ記事"], ["待つ記事"])


def test_nobody_gets_an_issue_of_a_rhythm_before_it_is_approved(site: Site) -> None:
    site.configure(CHOICES.replace("  new-article:\n", "  new-article:\n    approve: manual\n"))
    join(site, A, B, newsletter="new-article")
    choose(site, A, newsletter="new-article", rhythm=Rhythm.EACH)
    choose(site, B, newsletter="new-article", rhythm=Rhythm.DAILY)
    site.write("1.md", "許可を待つ記事", date="2026-11-19")
    (held,) = run(site).held
    site.clock.advance(days=2)
    run(site)
    assert site.mails() == []
    with site.open() as context:
        approve(context, held.id)
    run(site)
    site.clock.advance(days=1)
    run(site)
    assert (got(site, A), got(site, B)) == (["許可を待つ記事"], ["許可を待つ記事"])


def test_what_is_foretold_has_the_next_mail_of_a_rhythm(site: Site) -> None:
    join(site, A, B)
    choose(site, A, rhythm=Rhythm.DAILY)
    with site.open() as context:
        (weekly, other) = foresee(context).newsletters
    assert weekly.next_own_at == datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # eight o'clock in Tokyo
    assert other.next_own_at is None


def test_the_page_of_an_issue_is_in_the_language_of_most_readers(site: Site) -> None:
    site.configure(CHOICES + "web: {listen: '127.0.0.1:0'}\n")
    join(site, A, B, "c@reader.example")
    choose(site, A, language="en")
    site.write("koji.md", "麹のつくりかた", date="2026-11-19")
    site.write("koji.en.md", "How to make koji", date="2026-11-19")
    site.write("miso.en.md", "Miso", date="2026-11-19")
    to_monday(site)
    (issue,) = run(site).created
    with site.open() as context:
        page = get_issue_page(context, "weekly", issue.id)
    assert page is not None
    assert page.issue.language == "ja"
    assert sorted(article.title for article in page.contents.cards) == ["Miso", "麹のつくりかた"]


def test_who_comes_back_gets_the_next_mail_at_their_hour(site: Site) -> None:
    """Not at once, because a mail was due while they were away."""
    join(site, A)
    choose(site, A, rhythm=Rhythm.DAILY, hour=7)
    with site.open() as context:
        remove_subscriber(context, A, [])
    site.clock.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # a Tuesday, 15:00 in Tokyo
    run(site)
    join(site, A)
    site.write("1.md", "午後の記事", date="2026-11-24")
    run(site)
    assert got(site, A) == []
    site.clock.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    run(site)
    assert got(site, A) == ["午後の記事"]


def test_who_had_left_elsewhere_and_joins_here_gets_their_rhythm(site: Site) -> None:
    people = site.folder / "people.json"
    left = {"newsletter": "weekly", "ended_at": "2026-10-01T00:00:00Z", "rhythm": "daily"}
    people.write_text(json.dumps([{"email": A, "status": "unsubscribed", "subscriptions": [left]}]), encoding="utf-8")
    with site.open() as context:
        scan(context)
        assert import_list(context, ImportOrder(people)).counts == {"gone": 1}
    join(site, A)
    site.write("1.md", "木曜の記事", date="2026-11-19")
    run(site)
    site.clock.now = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    run(site)
    assert got(site, A) == ["木曜の記事"]
