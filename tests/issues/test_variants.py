"""What each reader gets of an issue, and in which language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config import Newsletter
from publisher.issues.progress import Progress, read_progress
from publisher.issues.select import Request
from publisher.issues.translations import Work, choose_version, gather_works, lookup
from publisher.issues.variants import Chooser, Offer, Taste, gather_articles, to_topics
from tests.storage.rows import make_article


def article(seq: int, **changes: Any) -> Any:
    return make_article(seq, seq=seq, **changes)


def offer(*works: Work, **changes: Any) -> Offer:
    newsletter = Newsletter.model_validate({"title": "t", "from": "n@note.example", "limit": 2})
    return Offer(works, newsletter, Request(), "ja", **changes)


def alone(*seqs: int, **changes: Any) -> list[Work]:
    return [Work((article(seq, **changes),), (seq,)) for seq in seqs]


def mailed(chooser: Chooser, progress: Progress, taste: Taste | None = None) -> list[int]:
    variant = chooser.choose(progress, taste or Taste())
    return list(variant.seqs) if variant else []


@pytest.mark.parametrize(
    ("wanted", "available", "found"),
    [
        ("ja", ["ja", "en"], "ja"),
        ("zh-Hant-TW", ["zh", "zh-Hant"], "zh-Hant"),
        ("zh-x-private", ["zh"], "zh"),
        ("en-US", ["en-GB"], "en-GB"),
        ("en", ["en-GB", "ja"], "en-GB"),
        ("EN-gb", ["en-GB"], "en-GB"),
        ("fr", ["ja"], None),
        ("", ["ja"], None),
    ],
)
def test_a_language_is_looked_up_from_its_end(wanted: str, available: list[str], found: str | None) -> None:
    assert lookup(wanted, available) == found


def test_translations_are_one_work_as_old_as_the_first_of_them() -> None:
    ja, en = article(3), article(8, language="en")
    works = gather_works([en], [ja, en, article(5)], {ja.id: "koji", en.id: "koji"})
    assert works == [Work((en,), (3, 8))]


def test_two_in_the_same_language_are_no_translations() -> None:
    one, other = article(3), article(4)
    assert len(gather_works([one, other], [one, other], {one.id: "koji", other.id: "koji"})) == 2


def test_an_article_that_is_kept_out_of_newsletters_makes_no_translation_old() -> None:
    ja, en = article(3, in_newsletters=False), article(8, language="en")
    assert gather_works([en], [ja, en], {ja.id: "koji", en.id: "koji"})[0].seqs == (8,)


@pytest.mark.parametrize(("language", "seq"), [("en-GB", 2), ("fr", 1), ("", 1), ("ja", 1)])
def test_a_reader_gets_their_language_else_that_of_the_site(language: str, seq: int) -> None:
    work = Work((article(1), article(2, language="en")), (1, 2))
    assert choose_version(work, language, "ja").seq == seq
    assert choose_version(Work((article(2, language="en"),), (2,)), "fr", "ja").seq == 2


@given(st.sets(st.integers(1, 20)), st.integers(0, 20), st.sets(st.integers(1, 20)))
def test_a_reader_is_due_what_they_have_not_had(seqs: set[int], last_seq: int, ahead: set[int]) -> None:
    chooser = Chooser(offer(*alone(*sorted(seqs))))
    progress = Progress(last_seq, frozenset(ahead))
    assert mailed(chooser, progress) == sorted(seq for seq in seqs if not progress.has([seq]))


@given(st.sets(st.integers(1, 20)), st.integers(0, 20), st.integers(0, 20))
def test_what_is_asked_for_by_date_is_for_everybody_up_to_the_floor(seqs: set[int], last: int, floor: int) -> None:
    chooser = Chooser(offer(*alone(*sorted(seqs)), floor=floor))
    assert mailed(chooser, Progress(last)) == sorted(seq for seq in seqs if seq <= floor or seq > last)


def test_topics_are_those_of_any_translation() -> None:
    ja, en = article(1, tags=("麹",)), article(2, language="en", categories=("Koji",))
    chooser = Chooser(offer(Work((ja, en), (1, 2)), *alone(3, tags=("味噌",))))
    assert mailed(chooser, Progress(0), Taste(to_topics(["KOJI"]))) == [1, 2]
    assert mailed(chooser, Progress(0), Taste(to_topics(["味噌", "麹"]))) == [1, 2, 3]
    assert mailed(chooser, Progress(0), Taste(("x",))) == []


def test_who_is_due_the_same_shares_a_variant_and_who_is_not_does_not() -> None:
    work = Work((article(1), article(2, language="en")), (1, 2))
    chooser = Chooser(offer(work))
    home = chooser.choose(Progress(0), Taste())
    assert chooser.choose(Progress(0), Taste(language="fr")) is home
    english = chooser.choose(Progress(0), Taste(language="en-GB"))
    assert english is not None
    assert home is not None
    assert (home.key != english.key, english.language, [one.seq for one in english.selection.articles]) == (
        True,
        "en",
        [2],
    )
    assert chooser.choose(Progress(0), Taste(template="plain")) is not home
    again = Chooser(offer(work)).choose(Progress(0), Taste())
    assert again is not None
    assert again.key == home.key, "another process makes the same"


def test_one_article_and_many_may_look_different() -> None:
    chooser = Chooser(offer(*alone(1, 2, 3)))
    taste = Taste(template="article", template_of_many="digest")
    found = [chooser.choose(Progress(last), taste) for last in (2, 0, 3)]
    assert [variant and variant.template for variant in found] == ["article", "digest", None]
    many = found[1]
    assert many is not None
    assert (len(many.selection.articles), len(many.selection.links)) == (2, 1), "as many as the newsletter shows"


def test_an_issue_may_go_out_with_nothing_in_it() -> None:
    variant = Chooser(offer(*alone(1), even_empty=True)).choose(Progress(1), Taste())
    assert variant is not None
    assert variant.selection.is_empty


def test_an_issue_holds_what_any_of_its_variants_does() -> None:
    chooser = Chooser(offer(*alone(1, 2, 3)))
    variants = [variant for last in (0, 2) if (variant := chooser.choose(read_progress(last, ""), Taste()))]
    everything = gather_articles(variants)
    assert {one.seq for one in (*everything.articles, *everything.links)} == {1, 2, 3}
    assert gather_articles(variants[1:]) == variants[1].selection
