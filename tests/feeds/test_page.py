"""The values of the page for people; how it looks is tests/app/test_companions.py and tests/app/test_pictures.py."""

from __future__ import annotations

from dataclasses import fields, replace
from html.parser import HTMLParser

from hypothesis import given, settings

from publisher.config import Feeds
from publisher.feeds.page import LONGEST_LIST, FeedList, build_page, page_url
from publisher.feeds.select import plan_feeds
from publisher.feeds.words import FeedWords, words_for
from publisher.model.feed import FeedFormat
from tests.feeds.builders import NOW, make_article, make_config, make_spec, one_line_texts

CONFIG = make_config()


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})


def test_every_feed_is_in_its_group_under_its_own_name() -> None:
    specs = plan_feeds([make_article(tags=("CI/CD", "猫"), categories=("天文",))], CONFIG, NOW).specs
    page = build_page([*specs, make_spec(folder="deep", title="ながい読みもの")], CONFIG)
    assert page.main.url == "https://example.com/rss.xml"
    assert [feed.name for feed in page.categories.feeds] == ["天文"]
    assert [feed.name for feed in page.tags.feeds] == ["CI/CD", "猫"]
    assert page.tags.feeds[0].url == "https://example.com/tags/CI%252FCD/rss.xml"
    assert [feed.name for feed in page.more.feeds] == ["ながい読みもの"]


def test_archives_are_not_offered() -> None:
    spec = make_spec(parts=1)
    page = build_page([spec, replace(spec, part=1)], CONFIG)
    assert (page.more, page.tags, page.categories) == (FeedList((), 0),) * 3


def test_of_too_many_tags_those_with_the_most_articles_are_shown_in_their_order() -> None:
    specs = [make_spec()]
    specs += (make_spec(folder=f"tags/{number:05d}", title=f"札{number}") for number in range(LONGEST_LIST + 20))
    full = [make_spec(make_article(), folder=f"tags/z{number}", title=f"多{number}") for number in range(3)]
    page = build_page([*specs, *full], CONFIG)
    assert page.tags.left_out == 23
    assert len(page.tags.feeds) == LONGEST_LIST
    assert [feed.name for feed in page.tags.feeds[:2]] == ["札0", "札1"]
    assert [feed.name for feed in page.tags.feeds[-4:]] == [f"札{LONGEST_LIST - 4}", "多0", "多1", "多2"]
    assert "23" in page.words.left_out(page.tags.left_out)


def test_a_list_of_the_longest_length_is_whole() -> None:
    specs = [make_spec(folder=f"tags/{number}") for number in range(LONGEST_LIST)]
    page = build_page([make_spec(), *specs], CONFIG)
    assert (len(page.tags.feeds), page.tags.left_out) == (LONGEST_LIST, 0)


def test_only_what_is_written_is_offered_and_rss_before_the_others() -> None:
    page = build_page([make_spec(formats=(FeedFormat.JSON, FeedFormat.RSS))], CONFIG)
    assert [document.name for document in page.main.formats] == ["RSS", "JSON"]
    assert page.paste.count("<link ") == 2
    assert "atom" not in page.paste


def test_the_page_announces_the_main_feed_first_and_gives_each_document_a_title_of_its_own() -> None:
    page = build_page([make_spec(), make_spec(folder="deep", title="ながい")], CONFIG)
    titles = [document.title for document in page.announced]
    assert titles[:3] == ["ほしぞら通信", "ほしぞら通信 (Atom)", "ほしぞら通信 (JSON)"]
    assert len(set(titles)) == len(titles) == 6


@settings(deadline=None, max_examples=50)
@given(one_line_texts)
def test_the_lines_to_paste_mean_what_they_say_whatever_the_title(title: str) -> None:
    page = build_page([make_spec(title=title)], CONFIG)
    links = Links()
    links.feed(page.paste)
    assert [link["href"] for link in links.found] == [document.url for document in page.main.formats]
    assert [link["title"] for link in links.found] == [title, f"{title} (Atom)", f"{title} (JSON)"]
    assert {(link["tag"], link["rel"]) for link in links.found} == {("link", "alternate")}


def test_the_address_of_the_page_follows_the_folder_and_an_empty_name_has_none() -> None:
    assert page_url(CONFIG) == "https://example.com/subscribe.html"
    below = make_config().model_copy(update={"feeds": Feeds(url="/feeds", page="読む.html")})
    assert page_url(below) == "https://example.com/feeds/%E8%AA%AD%E3%82%80.html"
    assert page_url(make_config().model_copy(update={"feeds": Feeds(page="")})) == ""


def test_both_languages_have_every_word_and_others_get_english() -> None:
    assert words_for("ja-JP").language == "ja"
    assert words_for("de").language == words_for("en-GB").language == "en"
    for words in (words_for("ja"), words_for("en")):
        assert all(getattr(words, field.name) for field in fields(FeedWords))
    assert (words_for("en").count(1), words_for("en").count(1024)) == ("1 feed", "1,024 feeds")
