"""config.yaml: the contract, every problem at once, and no secret in any message."""

from __future__ import annotations

import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.addresses import Mailbox
from publisher.config import (
    ArticleFeed,
    ArticleFolder,
    Config,
    FeedSelect,
    MoreFeed,
    Podcast,
    PodcastOwner,
    format_of,
    load_config,
    parse_config,
    split_file,
)
from publisher.config.values import Quiet
from publisher.errors import ConfigError
from publisher.model.article import Author
from publisher.model.feed import Cloud, FeedFormat
from publisher.model.preferences import Rhythm

PATH = Path("/site/config.yaml")
SITE = "site: {title: 試験ノート, url: https://note.example}\n"
PEOPLE = "organisation: {name: 試験社, address: 東京都, contact: https://note.example/contact}\n"
SECRET = "hunter2"
DKIM = "delivery: {{dkim: [{{domain: {domain}, selector: s1, key: a.pem}}]}}"

FULL = """\
site:
  title: "  試験\tノート 🎉 "
  url: https://例え.jp/ノート/
  language: en-GB
  timezone: Europe/Berlin
  description: >
    毎日の
    技術
  author: {name: 編集部, email: editor@例え.jp}
articles:
  path: posts
  url: "/{year}/{stem}/"
  breaks: true
  preset: hugo
  fields: {summary: teaser, date: [day, when]}
  aliases: {"~/": /assets/, "@/": /src/}
feeds:
  output: out
  url: /feeds
  limit: 50
  content: summary
  formats: [json, rss, json]
  tags: {min: 3}
  max_bytes: 100000
  markdown: true
  podcast: {category: 技術, explicit: true, type: serial, owner: {name: 編集部, email: on@例え.jp}, locked: true}
  more:
    ai:
      select: {tags: AI, categories: [技術], authors: [星野], languages: [en], paths: ["2026/*"]}
      file: blog/index.xml
      limit: 7
      content: full
      title: AI の話
      description: 説明
newsletters:
  weekly:
    title: 週刊
    from: "週刊, 試験 <news@note.example>"
    reply_to: desk@note.example
    schedule: " 0 8 * * mon "
    timezone: Asia/Tokyo
    template: my-digest
    limit: 5
    on_empty: send
    burst: 9
    max_age: 2w
    rhythms: [daily, each]
    hour: 20
    weekday: Friday
    quiet: "22:30-6:00"
    select: {tags: [AI, 技術], categories: [ニュース]}
  new-article: {title: 新着, from: news@note.example, schedule: on-publish}
  by-hand: {title: 特集}
organisation: {name: 試験社, address: 東京都, contact: https://note.example/contact}
delivery:
  transport: "smtp://user:${PASSWORD}@mail.example:587"
  from: fallback@note.example
  bounces: bounces@例え.jp
  unsubscribe: " leave@note.example "
  dkim:
    - {domain: " 例え.JP", selector: S2026, key: "${PASSWORD}"}
    - {domain: note.example, selector: s2026, key: keys/dkim.pem}
database: sqlite:///data/publisher.db
secret_key: ${KEY}
"""


def parse(text: str, **environment: str) -> Config:
    return parse_config(text, PATH, environment)


def folder_of(config: Config) -> Path:
    (folder,) = config.folders
    return config.folder_path(folder)


def problems_of(text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, **environment)
    assert caught.value.exit_code == 2
    return [str(problem).removeprefix("/site/config.yaml:") for problem in caught.value.problems]


# ---------------------------------------------------------------------------------------------------- what is read


def test_a_config_of_two_lines_has_all_the_defaults() -> None:
    config = parse(SITE)
    assert config.site.language == "ja"
    assert config.site.timezone == ZoneInfo("Asia/Tokyo")
    assert config.site.feed_author == Author("試験ノート")
    assert config.articles == (ArticleFolder(),)
    assert config.folders[0].url is None
    assert (config.feeds.limit, config.feeds.content, config.feeds.tags.min) == (20, "full", 1)
    assert config.feeds.formats == (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)
    assert (config.newsletters, config.organisation, config.secret_key) == ({}, None, ())
    assert config.delivery.transport[0].url.get_secret_value() == "maildir:outbox"
    assert (folder_of(config), config.output_dir) == (Path("/site/articles"), Path("/site/public"))
    assert (config.templates_dir, config.database_path) == (Path("/site/templates"), Path("/site/publisher.db"))
    assert config.key_path == Path("/site/publisher.key")
    assert config.feeds_url == "https://note.example/"


def test_every_key_of_the_contract_is_read() -> None:
    config = parse(FULL, PASSWORD=SECRET, KEY="鍵")
    assert (config.site.title, config.site.description) == ("試験 ノート 🎉", "毎日の 技術")
    assert config.site.url == "https://xn--r8jz45g.jp/%E3%83%8E%E3%83%BC%E3%83%88"
    assert config.site.host == "xn--r8jz45g.jp"
    assert config.site.feed_author == Author("編集部", "editor@xn--r8jz45g.jp")
    (folder,) = config.folders
    assert (folder_of(config), folder.url, folder.breaks) == (Path("/site/posts"), "/{year}/{stem}/", True)
    assert (folder.preset, folder.fields) == ("hugo", {"summary": ("teaser",), "date": ("day", "when")})
    assert folder.alias_pairs == (("@/", "/src/"), ("~/", "/assets/"))
    assert config.feeds.formats == (FeedFormat.JSON, FeedFormat.RSS)
    assert config.feeds_url == "https://xn--r8jz45g.jp/%E3%83%8E%E3%83%BC%E3%83%88/feeds/"
    assert config.delivery.transport[0].url.get_secret_value() == f"smtp://user:{SECRET}@mail.example:587"
    assert (config.delivery.bounces, config.delivery.unsubscribe) == ("bounces@xn--r8jz45g.jp", "leave@note.example")
    assert [(key.domain, key.selector) for key in config.delivery.dkim] == [
        ("xn--r8jz45g.jp", "s2026"),
        ("note.example", "s2026"),
    ]
    assert [key.key.get_secret_value() for key in config.delivery.dkim] == [SECRET, "keys/dkim.pem"]
    assert config.database_path == Path("/site/data/publisher.db")
    assert config.key_path == Path("/site/data/publisher.key")
    assert [key.get_secret_value() for key in config.secret_key] == ["鍵"]


def test_every_key_of_a_further_feed_is_read() -> None:
    feeds = parse(FULL, PASSWORD=SECRET, KEY="鍵").feeds
    assert (feeds.max_bytes, feeds.markdown) == (100_000, True)
    owner = PodcastOwner(name="編集部", email="on@xn--r8jz45g.jp")
    assert feeds.podcast == Podcast(category="技術", explicit=True, type="serial", owner=owner, locked=True)
    select = FeedSelect(tags=("AI",), categories=("技術",), authors=("星野",), languages=("en",), paths=("2026/*",))
    more = MoreFeed(select=select, file="blog/index.xml", limit=7, content="full", title="AI の話", description="説明")
    assert feeds.more == {"ai": more}


@pytest.mark.parametrize(
    ("file", "folder", "name", "feed_format"),
    [
        ("index.xml", "", "index.xml", FeedFormat.RSS),
        ("blog/Atom.XML", "blog", "Atom.XML", FeedFormat.ATOM),
        ("feed.atom", "", "feed.atom", FeedFormat.ATOM),
        ("a/b/all.rss", "a/b", "all.rss", FeedFormat.RSS),
        ("atom/rss.xml", "atom", "rss.xml", FeedFormat.RSS),
        ("all.json", "", "all.json", FeedFormat.JSON),
        ("all/feeds", "all/feeds", "", None),
        ("v1.0", "v1.0", "", None),
    ],
)
def test_the_name_of_a_file_says_its_format(file: str, folder: str, name: str, feed_format: FeedFormat | None) -> None:
    assert split_file(file) == (folder, name)
    assert feed_format is None or format_of(name) is feed_format


def test_pictures_of_the_site_may_be_paths_below_it() -> None:
    text = "site: {title: t, url: https://a.example/b, icon: /i.png, logo: https://c.example/ロゴ.png, rights: © 星}"
    site = parse(text).site
    assert site.icon_url == "https://a.example/b/i.png"
    assert site.logo_url == "https://c.example/%E3%83%AD%E3%82%B4.png"
    assert site.rights == "© 星"
    assert parse(SITE).site.icon_url == parse(SITE).site.logo_url == ""


def test_every_key_of_a_newsletter_is_read() -> None:
    config = parse(FULL, PASSWORD=SECRET, KEY="鍵")
    weekly, new, by_hand = config.newsletters.values()
    assert weekly.sender == Mailbox("週刊, 試験", "news@note.example")
    assert weekly.reply_to == Mailbox("", "desk@note.example")
    assert (weekly.cron, weekly.is_on_publish, weekly.template_name) == ("0 8 * * mon", False, "my-digest")
    assert (weekly.limit, weekly.on_empty, weekly.burst, weekly.max_age) == (5, "send", 9, timedelta(weeks=2))
    assert (weekly.rhythms, weekly.hour, weekly.weekday) == ((Rhythm.DAILY, Rhythm.EACH), 20, "fri")
    assert weekly.quiet == Quiet("22:30", "06:00")
    assert (weekly.select.tags, weekly.select.categories) == (("AI", "技術"), ("ニュース",))
    assert (new.cron, new.is_on_publish, new.template_name) == (None, True, "article")
    assert (by_hand.schedule, by_hand.cron, by_hand.template_name) == (None, None, "digest")
    assert (by_hand.rhythms, by_hand.hour, by_hand.weekday, by_hand.quiet) == ((), 8, "mon", None)
    assert (by_hand.limit, by_hand.on_empty, by_hand.burst, by_hand.max_age) == (10, "skip", 3, timedelta(days=7))
    assert [config.zone_of(one).key for one in (weekly, new)] == ["Asia/Tokyo", "Europe/Berlin"]
    assert [config.sender_of(one).email for one in (weekly, by_hand)] == ["news@note.example", "fallback@note.example"]


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("sqlite:///a.db", "/site/a.db"),
        ("sqlite:///../a.db", "/site/../a.db"),
        ("sqlite:////var/lib/a.db", "/var/lib/a.db"),
        ("sqlite:///名 前?.db", "/site/名 前?.db"),
    ],
)
def test_paths_are_relative_to_the_file(database: str, expected: str) -> None:
    assert str(parse(SITE + f"database: '{database}'\n").database_path) == expected


def test_absolute_paths_stay() -> None:
    config = parse(SITE + "articles: {path: /srv/posts}\nfeeds: {output: /srv/www}\n")
    assert (folder_of(config), config.output_dir) == (Path("/srv/posts"), Path("/srv/www"))


def test_values_from_the_environment_have_every_type() -> None:
    config = parse(
        SITE + "articles: {breaks: '${B}'}\nfeeds: {limit: '${L:-30}', tags: {min: '${M}'}}\n", B="true", M="2"
    )
    assert (config.folders[0].breaks, config.feeds.limit, config.feeds.tags.min) == (True, 30, 2)


@pytest.mark.parametrize(
    "line", ["", "secret_key: ${KEY}", "secret_key:", "secret_key: ''", "secret_key: ${EMPTY}", "secret_key: '  '"]
)
def test_a_key_that_is_unset_or_empty_is_none(line: str) -> None:
    assert parse(SITE + line, EMPTY="").secret_key == ()


@pytest.mark.parametrize(
    ("line", "size", "of"),
    [("archive: {}", None, "main"), ("archive: {size: 50}", 50, "main"), ("archive: {of: all}", None, "all")],
)
def test_archives_are_there_once_their_section_is(line: str, size: int | None, of: str) -> None:
    archive = parse(SITE + f"feeds: {{{line}}}").feeds.archive
    assert archive is not None
    assert (archive.size, archive.of) == (size, of)
    assert parse(SITE + "feeds: {archive: }").feeds.archive is None


@pytest.mark.parametrize(("text", "days"), [("0", 0), ("'0'", 0), ("0d", 0), ("12h", 0.5), ("1w", 7)])
def test_tombstones_stand_for_a_while_or_never(text: str, days: float) -> None:
    assert parse(SITE + f"feeds: {{tombstones: {text}}}").feeds.tombstones == timedelta(days=days)


def test_a_section_with_nothing_in_it_is_as_if_it_were_not_there() -> None:
    text = SITE + "articles:\nfeeds: {limit: , tags: }\nnewsletters:\n  # weekly: …\norganisation:\ndelivery:\n"
    assert parse(text) == parse(SITE)


def test_the_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse(SITE).site.title = "x"


def test_the_config_in_the_repository_is_in_order() -> None:
    config = load_config(Path(__file__).parents[1] / "config.yaml", {})
    assert list(config.newsletters) == ["weekly", "new-article"]
    assert folder_of(config).is_dir()


def test_origins_are_as_browsers_name_them() -> None:
    web = parse(SITE + "web: {origins: ['https://Blog.Example/', 'http://localhost:4000', https://blog.example]}").web
    assert web is not None
    assert web.origins == ("https://blog.example", "http://localhost:4000")
    anywhere = parse(SITE + "web: {origins: '*'}").web
    assert anywhere is not None
    assert anywhere.origins == ("*",)


def test_hubs_are_others_our_own_or_both() -> None:
    config = parse(SITE + "web: {url: https://www.note.example}\nwebsub: {hub: [self, 'https://hub.例え.jp/#x', self]}")
    assert config.hub_urls == ("https://www.note.example/hub", "https://hub.xn--r8jz45g.jp/")
    assert (config.has_own_hub, config.other_hub_urls) == (True, ("https://hub.xn--r8jz45g.jp/",))
    assert parse(SITE + "websub: {hub: https://hub.example/}").hub_urls == ("https://hub.example/",)
    none = parse(SITE)
    assert (none.hub_urls, none.has_own_hub, none.cloud, none.websub.allow_private) == ((), False, None, False)


@pytest.mark.parametrize(
    ("address", "cloud"),
    [
        ("http://rpc.example:5337/pleaseNotify", Cloud("rpc.example", 5337, "/pleaseNotify")),
        ("https://rpc.example/a/pleaseNotify", Cloud("rpc.example", 443, "/a/pleaseNotify")),
        ("http://rpc.example/pleaseNotify", Cloud("rpc.example", 80, "/pleaseNotify")),
    ],
)
def test_an_rsscloud_server_is_an_address(address: str, cloud: Cloud) -> None:
    assert parse(f"{SITE}websub: {{rsscloud: '{address}'}}").cloud == cloud


def test_several_sources_stand_in_a_list() -> None:
    config = parse(
        SITE + "articles:\n  - {path: posts, breaks: true}\n  - {path: notes}\n"
        "  - {feed: ' https://例え.jp/feed#top ', interval: 2h, allow_private: true}\n"
    )
    assert [folder.key for folder in config.folders] == ["posts", "notes"]
    (feed,) = config.feed_sources
    assert feed == ArticleFeed(feed="https://xn--r8jz45g.jp/feed", interval=timedelta(hours=2), allow_private=True)


# ---------------------------------------------------------------------------------------------------- what is refused


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = """\
site:
  titel: 題
  url: note.example
  language: 日本語
  timezone: Tokyo
artikles: {}
feeds:
  limit: 0
  content: everything
  formats: [rss, xml]
  tags: {mni: 1}
newsletters:
  weekly:
    title: 週刊
    schedule: 0 8 * *
    max_age: soon
    title: 二つめ
  2 週間: {title: 題, from: "news@note.example"}
delivery: {transport: "${UNSET}"}
database: postgresql://u:p@db/x
"""
    assert problems_of(text) == [
        " organisation: is missing; a newsletter must say who sends it: "
        "add organisation: with name, address and contact",
        "1: site.title: is missing",
        '2: site.titel: is not a known key; did you mean "title"?',
        "3: site.url: is not the address of a site; write one such as https://example.com",
        "4: site.language: '日本語' is not a language; write one such as ja or en-GB (RFC 5646)",
        "5: site.timezone: 'Tokyo' is not a time zone; write one such as Asia/Tokyo or UTC",
        '6: artikles: is not a known key; did you mean "articles"?',
        "8: feeds.limit: must be at least 1",
        "9: feeds.content: must be 'full' or 'summary'",
        "10: feeds.formats.1: is not one of rss, atom, json",
        '11: feeds.tags.mni: is not a known key; did you mean "min"?',
        '13: newsletters.weekly.from: is missing; write "Name <news@example.com>" here or under delivery',
        "15: newsletters.weekly.schedule: '0 8 * *' is not a cron line of five fields; "
        'for example "0 8 * * mon", or on-publish',
        "16: newsletters.weekly.max_age: 'soon' is not a duration; write a number and m, h, d or w, for example 7d",
        "17: newsletters.weekly.title: stands twice; the first is on line 14",
        "18: newsletters.2 週間: has a name that cannot be used; take letters, digits, - and _",
        "19: delivery.transport: the environment variable UNSET is not set; set it, or write ${UNSET:-default}",
        "20: database: postgresql is not supported; write sqlite:///publisher.db",
    ]


TAKEN = "is written by the feed of the site already; name another file"
PLACE = "is a place for the feeds of categories and tags; take another folder"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("{a: {file: rss.xml}}", f"a.file: rss.xml {TAKEN}"),
        ("{a: {file: ＲＳＳ.xml}}", f"a.file: ＲＳＳ.xml {TAKEN}"),
        ("{a: {file: feed-12.json}}", f"a.file: feed-12.json {TAKEN}"),
        ("{feed.json: {}}", f"feed.json: feed.json {TAKEN}"),
        ("{a: {file: x.xml}, b: {file: X.xml}}", "b.file: X.xml is written by feeds.more.a already; name another file"),
        ("{a: {file: x.xml}, x-1.xml: {}}", "x-1.xml: x-1.xml is written by feeds.more.a already; name another file"),
        ("{a: {}, b: {file: a/atom.xml}}", "b.file: a/atom.xml is written by feeds.more.a already; name another file"),
        (
            "{a: {file: feeds.opml}}",
            "a.file: feeds.opml is written by the list of all feeds already; name another file",
        ),
        (
            "{subscribe.html: {}}",
            "subscribe.html: subscribe.html is written by the page for people already; name another file",
        ),
        ("{a: {file: rss.xml/q}}", "a.file: rss.xml/q is written by the feed of the site already; name another file"),
        (
            "{a: {file: x/y.xml/z}, b: {file: x/y.xml}}",
            "b.file: x/y.xml is written by feeds.more.a already; name another file",
        ),
        ("{a: {}, b: {file: a/}}", "b.file: a/ is written by feeds.more.a already; name another file"),
        ("{a: {file: tags}}", f"a.file: tags {PLACE}"),
        ("{a: {file: Tags/猫}}", f"a.file: Tags/猫 {PLACE}"),
        ("{a: {file: categories/猫/rss-1.xml}}", f"a.file: categories/猫/rss-1.xml {PLACE}"),
        (
            "{a: {file: ../x.xml}}",
            "a.file: '../x.xml' is no file or folder below feeds.output; write one such as feeds/all.xml",
        ),
        (
            "{a: {file: 'a//b'}}",
            "a.file: 'a//b' is no file or folder below feeds.output; write one such as feeds/all.xml",
        ),
        (
            "{a: {file: .hidden}}",
            "a.file: '.hidden' is no file or folder below feeds.output; write one such as feeds/all.xml",
        ),
        ("{a: {file: /x.xml}}", "a.file: must be a file or folder below feeds.output, such as index.xml or feeds/all"),
        ("{a: {tag: 1}}", "a.tag: is not a known key; known here: select, file, limit, content, title, description"),
        ("{a: {select: {tgas: x}}}", 'a.select.tgas: is not a known key; did you mean "tags"?'),
        ("{a: {limit: 0}}", "a.limit: must be at least 1"),
    ],
)
def test_a_feed_that_cannot_be_written_is_told_with_its_line(more: str, problem: str) -> None:
    assert problems_of(f"{SITE}feeds:\n  more: {more}\n") == [f"3: feeds.more.{problem}"]


@pytest.mark.parametrize("more", ["{a: {file: tags/x/index.xml}}", "{a: {file: rss/rss.xml}}", "{a: {file: x-1.xml}}"])
def test_a_feed_may_have_any_place_that_is_free(more: str) -> None:
    assert list(parse(f"{SITE}feeds: {{more: {more}}}").feeds.more) == ["a"]


@pytest.mark.parametrize("more", ["{../x: {}}", "{'': {}}", "[a]", "{a: b}", "{a: {file: [x]}}", "3"])
def test_any_other_shape_is_a_problem_and_no_accident(more: str) -> None:
    assert all(problem.startswith("2: feeds.more") for problem in problems_of(f"{SITE}feeds: {{more: {more}}}"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("site: {title: '  ', url: https://a.example}", "1: site.title: must not be empty"),
        ("site: {title: , url: https://a.example}", "1: site.title: is missing"),
        ("site: {title: 2026, url: https://a.example}", "1: site.title: must be text (put it in quotes)"),
        ('site: {title: "a\\x07", url: https://a.example}', "1: site.title: has a control character"),
        ("site: 試験", "1: site: must hold keys and values of its own"),
        (SITE + "base: /etc", '2: base: is not a known key; did you mean "database"?'),
        (SITE + "site_: {base: 1}", '2: site_: is not a known key; did you mean "site"?'),
        (
            SITE + "articles: {base: 1}",
            "2: articles.base: is not a known key; known here: path, url, breaks, preset, fields, aliases",
        ),
        (
            SITE + "articles: 3",
            "2: articles: must hold path: with a folder, or be a list of sources, each with path: or feed:",
        ),
        (SITE + "articles: []", "2: articles: must not be empty"),
        (SITE + "articles: [{path: a}, {path: a/}]", "2: articles.1.path: is there twice; take one of them out"),
        (
            SITE + "articles: [{path: a}, {feed: ftp://x.example}]",
            "2: articles.1.feed: is not the address of a feed; write one such as https://example.com/feed.xml",
        ),
        (
            SITE + "articles: [{feed: https://a.example/f, interval: 10s}]",
            "2: articles.0.interval: '10s' is not a duration; write a number and m, h, d or w, for example 7d",
        ),
        (
            SITE + "articles: [{feed: https://a.example/f, breaks: true}]",
            "2: articles.0.breaks: is not a known key; known here: feed, interval, allow_private",
        ),
        (
            SITE + "articles: {preset: gatsby}",
            "2: articles.preset: must be 'auto', 'nextjs', 'hugo', 'jekyll', 'astro', 'eleventy', 'hexo', 'zola', "
            "'pelican', 'docusaurus', 'zenn' or 'qiita'",
        ),
        (
            SITE + "articles: {fields: {sumary: x}}",
            "2: articles.fields.sumary: must be 'title', 'date', 'updated', 'expires', 'summary', 'image', "
            "'image_alt', 'image_credit', 'tags', 'categories', 'author', 'language', 'slug', 'url', 'id' or 'draft'",
        ),
        (SITE + "articles: {fields: {summary: []}}", "2: articles.fields.summary: must not be empty"),
        (SITE + "articles: {path: ''}", "2: articles.path: must not be empty"),
        (SITE + "articles: {breaks: maybe}", "2: articles.breaks: must be true or false"),
        (
            SITE + "articles: {url: '/{name}'}",
            "2: articles.url: {name} is not known here; use {categories}, {day}, {id}, {lang}, {month}, {path}, "
            "{slug}, {stem}, {year}",
        ),
        (
            SITE + "articles: {url: '/{stem!r}'}",
            "2: articles.url: {stem!r} is not known here; use {categories}, {day}, {id}, {lang}, {month}, {path}, "
            "{slug}, {stem}, {year}",
        ),
        (
            SITE + "articles: {url: '/{year}'}",
            "2: articles.url: must have {stem} or {path}, or every article would have the same address",
        ),
        (SITE + "articles: {url: '/{{stem}}'}", "2: articles.url: has a { or } that closes nothing"),
        (
            SITE + "articles: {url: 'file:/{stem}'}",
            "2: articles.url: is not an address; write a path such as /feeds, or one that begins with https://",
        ),
        (
            SITE + "feeds: {url: 'https://[x/'}",
            "2: feeds.url: is not an address; write a path such as /feeds, or one that begins with https://",
        ),
        (SITE + "feeds: {url: '/?f=1'}", "2: feeds.url: must not have a ? or # part"),
        (SITE + "feeds: {limit: many}", "2: feeds.limit: must be a whole number"),
        (SITE + "feeds: {limit: 1.5}", "2: feeds.limit: must be a whole number"),
        (SITE + "delivery: {rate: {per_second: fast}}", "2: delivery.rate.per_second: must be a number"),
        (
            SITE + "delivery: {warmup: {start: yesterday}}",
            "2: delivery.warmup.start: must be a day, such as 2026-12-01",
        ),
        (
            SITE + "delivery: {warmup: {start: 2026-12-01T05:00:00}}",
            "2: delivery.warmup.start: must be a day, such as 2026-12-01, without a time",
        ),
        (
            SITE + "delivery: {domains: {a b: {per_second: 1}}}",
            "2: delivery.domains.a b: 'a b' is not a domain; write one such as example.com",
        ),
        (SITE + "feeds: {limit: 10001}", "2: feeds.limit: must be at most 10000"),
        (SITE + "feeds: {archive: {size: 0}}", "2: feeds.archive.size: must be at least 1"),
        (
            SITE + "feeds: {tombstones: 30}",
            "2: feeds.tombstones: '30' is not a duration; write a number and m, h, d or w, for example 7d",
        ),
        (SITE + "feeds: {formats: []}", "2: feeds.formats: must not be empty"),
        (SITE + "feeds: {formats: rss}", "2: feeds.formats: must be a list, such as [a, b]"),
        (
            SITE + "delivery: {bounces: nobody}",
            "2: delivery.bounces: the address nobody is not of the form name@domain",
        ),
        (
            SITE + DKIM.format(domain="a b.jp"),
            "2: delivery.dkim.0.domain: 'a b.jp' is not a domain; write one such as example.com",
        ),
        (
            SITE + DKIM.format(domain="localhost"),
            "2: delivery.dkim.0.domain: 'localhost' is not a domain; write one such as example.com",
        ),
        (
            SITE + DKIM.format(domain="a@b.jp"),
            "2: delivery.dkim.0.domain: 'a@b.jp' is not a domain; write one such as example.com",
        ),
        (
            SITE + DKIM.format(domain="b.jp").replace("s1", "s_1"),
            "2: delivery.dkim.0.selector: 's_1' is not a selector; take letters, digits and -, such as s2026",
        ),
        (SITE + DKIM.format(domain="b.jp").replace("a.pem", '""'), "2: delivery.dkim.0.key: must not be empty"),
        (
            SITE + DKIM.format(domain="b.jp").replace("a.pem", "a.pem, keys: b"),
            '2: delivery.dkim.0.keys: is not a known key; did you mean "key"?',
        ),
        (SITE + "delivery: {dkim: {domain: b.jp}}", "2: delivery.dkim: must be a list, such as [a, b]"),
        (
            SITE + "delivery: {dkim: [&a {domain: B.jp, selector: s1, key: a}, {domain: b.jp, selector: S1, key: b}]}",
            "2: delivery.dkim: has the selector s1 of b.jp twice; each key needs one of its own",
        ),
        (SITE + "database: publisher.db", "2: database: this is not supported; write sqlite:///publisher.db"),
        (SITE + "database: 'sqlite:///'", "2: database: names no file; write sqlite:///publisher.db"),
        (SITE + "secret_key: 42", "2: secret_key: must be text (put it in quotes)"),
        (SITE + PEOPLE.replace("東京都", "''"), "2: organisation.address: must not be empty"),
        (
            SITE + "feeds: {output: ./articles/}",
            "2: feeds.output: is the folder of the articles; name another, such as public",
        ),
        (
            SITE + "articles: {path: public}",
            " feeds.output: is the folder of the articles; name another, such as public",
        ),
        (
            SITE + "web: {origins: 'https://blog.example/notes'}",
            "2: web.origins.0: has a path; an origin is only https://host, so write https://blog.example",
        ),
        (
            SITE + "web: {origins: [blog.example]}",
            "2: web.origins.0: is not the address of a site; write one such as https://example.com",
        ),
        (
            SITE + "websub: {hub: hub.example}",
            "2: websub.hub.0: is not the address of a hub; write one such as https://hub.example.com/, or self",
        ),
        (
            SITE + "websub: {hub: 'https://user:word@hub.example/'}",
            "2: websub.hub.0: has a user name or a password in it, which every feed would show",
        ),
        (
            SITE + "websub: {hub: [self, 'https://hub.example/']}",
            "2: websub.hub: needs our own server for self; add web: with listen: 127.0.0.1:8000, see docs/websub.md",
        ),
        (
            SITE + "websub: {rsscloud: 'http://rpc.example/'}",
            "2: websub.rsscloud: is not the address where an rssCloud server takes requests; "
            "write one such as http://rpc.example.com:5337/pleaseNotify",
        ),
        (SITE + "websub: {hubs: x}", '2: websub.hubs: is not a known key; did you mean "hub"?'),
        ("- a", "1: must be a list of keys and values such as `site:`"),
    ],
)
def test_a_wrong_value_says_what_is_right(text: str, problem: str) -> None:
    assert problems_of(text) == [problem]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("schedule: 60 8 * * *", "schedule: '60 8 * * *' is not a cron line: Bad minute"),
        (
            "schedule: on publish",
            "schedule: 'on publish' is not a cron line of five fields; for example \"0 8 * * mon\", or on-publish",
        ),
        (
            "template: ../../etc/passwd",
            "template: is not the name of a template, such as digest; take letters, digits, - and _",
        ),
        ("limit: 0", "limit: must be at least 1"),
        ("on_empty: never", "on_empty: must be 'skip' or 'send'"),
        ("max_age: 999999d", "max_age: '999999d' is longer than a hundred years"),
        ("rhythms: [daily, hourly]", "rhythms.1: 'hourly' is no rhythm; write each, daily, weekly, monthly"),
        ("hour: 24", "hour: must be at most 23"),
        (
            "weekday: someday",
            "weekday: 'someday' is no day of the week; write one of mon, tue, wed, thu, fri, sat, sun",
        ),
        ("quiet: 22", 'quiet: 22 is no span of hours; write one such as "22:00-07:00", in quotes'),
        ("quiet: 07:00-7:00", "quiet: '07:00-7:00' is no span of hours; write one such as \"22:00-07:00\", in quotes"),
        ("timezone: 9", "timezone: 9 is not a time zone; write one such as Asia/Tokyo or UTC"),
        ("reply_to: [a@b.example]", 'reply_to: must be text such as "Name <news@example.com>"'),
        ("reply_to: A <a@b.jp>, B <b@b.jp>", 'reply_to: is not an address; write it as "Name <news@example.com>"'),
        (
            "sender: a@b.example",
            "sender: is not a known key; known here: title, description, from, reply_to, schedule, timezone, template, "
            "limit, on_empty, burst, max_age, rhythms, hour, weekday, quiet, expires, approve, undo, wait_for_url, "
            "select, archive, index, segment, lint, welcome, goodbye",
        ),
        (
            "approve: manual\n    rhythms: [daily]",
            "approve: manual cannot hold the mails of rhythms; take `schedule: on-publish`, or leave rhythms out",
        ),
        ("select: {tgas: [AI]}", 'select.tgas: is not a known key; did you mean "tags"?'),
        ("select: {tags: AI}", "select.tags: must be a list, such as [a, b]"),
    ],
)
def test_a_wrong_newsletter_says_what_is_right(written: str, problem: str) -> None:
    text = SITE + PEOPLE + "newsletters:\n  weekly:\n    title: 週刊\n    from: a@b.example\n    " + written + "\n"
    assert [line.partition(": newsletters.weekly.")[2] for line in problems_of(text)] == [problem]


def test_the_organisation_is_asked_for_only_when_mail_goes_out() -> None:
    text = SITE + "newsletters: {weekly: {title: 週刊, from: news@note.example}}\n"
    assert len(problems_of(text)) == 1
    assert parse(text + PEOPLE).newsletters.keys() == {"weekly"}


def test_a_variable_that_is_not_set_is_told_once() -> None:
    text = SITE + PEOPLE + "newsletters: {weekly: {title: '${A}', from: '${B}'}}\n"
    assert problems_of(text) == [
        "3: newsletters.weekly.title: the environment variable A is not set; set it, or write ${A:-default}",
        "3: newsletters.weekly.from: the environment variable B is not set; set it, or write ${B:-default}",
    ]


def test_a_transport_is_checked_along_with_everything_else() -> None:
    def refuse(url: str) -> None:
        assert url == f"smpt://u:{SECRET}@h"
        raise ValueError("is of no known kind")

    text = SITE + f"feeds: {{limit: 0}}\ndelivery:\n  transport: smpt://u:{SECRET}@h\n"
    with pytest.raises(ConfigError) as caught:
        parse_config(text, PATH, {}, check_transport=refuse)
    assert [str(problem) for problem in caught.value.problems] == [
        "/site/config.yaml:2: feeds.limit: must be at least 1",
        "/site/config.yaml:4: delivery.transport: is of no known kind",
    ]


def test_several_transports_have_weights_and_each_is_checked() -> None:
    checked: list[str] = []
    text = SITE + (
        "delivery:\n  connections: 8\n  transport:\n    - smtp://a.example\n"
        "    - {url: smtps://b.example, weight: 3, connections: 2}\n"
    )
    config = parse_config(text, PATH, {}, check_transport=checked.append)
    assert checked == ["smtp://a.example", "smtps://b.example"]
    assert [(one.url.get_secret_value(), one.weight, one.connections) for one in config.delivery.transport] == [
        ("smtp://a.example", 1, None),
        ("smtps://b.example", 3, 2),
    ]
    assert (config.delivery.connections, config.delivery.recycle, config.delivery.on_uncertain) == (8, 100, "hold")


def test_a_wrong_one_of_several_transports_is_named_by_its_line() -> None:
    def refuse(url: str) -> None:
        if "b.example" in url:
            raise ValueError("is of no known kind")

    text = (
        SITE + "delivery:\n  transport:\n    - smtp://a.example\n    - smpt://b.example\n    - url: smpt://b.example\n"
    )
    with pytest.raises(ConfigError) as caught:
        parse_config(text, PATH, {}, check_transport=refuse)
    assert [str(problem) for problem in caught.value.problems] == [
        "/site/config.yaml:5: delivery.transport.1: is of no known kind",
        "/site/config.yaml:6: delivery.transport.2.url: is of no known kind",
    ]


# ---------------------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("value", "url", "minutes"),
    [
        ("maildir:returned", "maildir:returned", 5),
        ("imaps://u%40x:p@mail.example/INBOX", "imaps://u%40x:p@mail.example/INBOX", 5),
        ("{url: 'pop3s://u:p@mail.example:1995', every: 1h}", "pop3s://u:p@mail.example:1995", 60),
        ("'pop3://u:p@localhost'", "pop3://u:p@localhost", 5),
    ],
)
def test_a_mailbox_of_reports_is_an_address_or_a_section(value: str, url: str, minutes: int) -> None:
    section = parse(SITE + f"delivery: {{bounce_mailbox: {value}}}\n").delivery.bounce_mailbox
    assert section is not None
    assert (section.url.get_secret_value(), section.every) == (url, timedelta(minutes=minutes))
    assert url not in repr(section)


@pytest.mark.parametrize("value", ["maildir:", "inbox", "imaps://mail.example", "imaps://u:p@h:0", "ftp://u:p@h"])
def test_any_other_mailbox_is_refused(value: str) -> None:
    (problem,) = problems_of(SITE + f"delivery: {{bounce_mailbox: '{value}'}}\n")
    assert "is not a mailbox; write maildir:FOLDER" in problem


def test_a_password_of_a_mailbox_does_not_cross_a_network_in_clear() -> None:
    (problem,) = problems_of(SITE + "delivery: {bounce_mailbox: 'imap://u:p@mail.example'}\n")
    assert "would send the password in clear" in problem


def test_mail_services_that_report_are_named_one_by_one() -> None:
    hooks = parse(SITE + "web: {hooks: {ses: {topic: 'arn:aws:sns:eu-west-1:123456789012:b'}}}\n").web
    assert hooks is not None
    assert hooks.hooks.ses is not None
    assert hooks.hooks.ses.topic == ("arn:aws:sns:eu-west-1:123456789012:b",)
    assert (hooks.hooks.mailgun, hooks.hooks.postmark, hooks.hooks.sendgrid) == (None, None, None)


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        ("ses: {topic: bounces}", "is not a topic of SNS; write its ARN"),
        ("postmark: {login: 'user:short'}", "with a password of 16 characters or more"),
        ("sendgrid: {verify: MFkw}", "is not a verification key as SendGrid shows it"),
        ("mailgun: {}", "is missing"),
        ("sparkpost: {}", "is not a known key"),
    ],
)
def test_a_wrong_hook_says_what_is_right(hook: str, problem: str) -> None:
    (found,) = problems_of(SITE + f"web: {{hooks: {{{hook}}}}}\n")
    assert problem in found


def test_a_secret_is_not_shown_by_the_config() -> None:
    config = parse(FULL, PASSWORD=SECRET, KEY=SECRET)
    for shown in (
        repr(config),
        str(config),
        repr(config.delivery),
        str(config.model_dump()),
        config.model_dump_json(exclude={"newsletters", "delivery"}),
    ):
        assert SECRET not in shown


@pytest.mark.parametrize(
    "text",
    [
        "delivery: {transport: [[smtp://u:hunter2@h]]}",
        "delivery: {transport: [smtp://u:hunter2@h, 5]}",
        "delivery: {transport: [{url: smtp://u:hunter2@h, weight: smtp://u:hunter2@h}]}",
        "delivery: {transport: [{uri: smtp://u:hunter2@h}]}",
        "delivery: {transport: {smtp: 'u:hunter2@h'}}",
        "delivery: smtp://u:hunter2@h",
        "delivery: {transport: '${P}', from: 1}",
        "delivery: {transport: *hunter2}",
        "delivery: {transport: !hunter2}",
        "delivery: {dkim: [{domain: a.jp, selector: s1, key: [hunter2]}]}",
        "delivery: {dkim: [{domain: a.jp, selector: s1, keys: '${P}'}]}",
        "delivery: {dkim: [{domain: a, selector: s1, key: '${P}'}]}",
        "delivery: {dkim: ['${P}']}",
        "delivery: {bounce_mailbox: 'imaps://u:hunter2@'}",
        "delivery: {bounce_mailbox: 'imap://u:hunter2@mail.example'}",
        "delivery: {bounce_mailbox: {url: 'http://u:hunter2@mail.example'}}",
        "delivery: {bounce_mailbox: {urls: 'pop3s://u:hunter2@mail.example'}}",
        "delivery: {bounce_mailbox: ['pop3s://u:hunter2@mail.example']}",
        "web: {hooks: {postmark: {login: 'hunter2'}, mailgun: {keys: hunter2}}}",
        "delivery: {transport: smtp://u:hunter2@h: x}",
        "delivery: {transport: smtp://u:hunter2@h",
        "delivery: {transport: 'smtp://u:hunter2@h}",
        'delivery: {transport: "smtp:\\hunter2"}',
        "database: postgresql://u:hunter2@h/db",
        "database: u:hunter2@h/db",
        "secret_key: {key: hunter2}",
        "secret_key: [[hunter2]]",
        "secret_key: [{'${P}': '${P}'}]",
        "secret_key: %hunter2",
        "secret_key: ${hunter-2}${P}",
        "feeds: {limit: hunter2, content: hunter2, formats: [hunter2]}",
        "site: {title: a, url: https://u:hunter2@note.example}",
        "site: {title: a, url: 'ftp://u:hunter2@note.example'}",
        "site: {title: a, url: 'https://u:hunter2@note.example:port/'}",
    ],
)
def test_no_message_repeats_a_secret(text: str) -> None:
    head = "" if text.startswith("site") else SITE
    with pytest.raises(ConfigError) as caught:
        parse(head + text + "\n", P=SECRET)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(caught.value.problems)


# ---------------------------------------------------------------------------------------------------- the file


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: not found; `publisher init` writes one"):
        load_config(tmp_path / "none.yaml")


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("site:\n  title: 日記\n".encode("shift_jis"))
    with pytest.raises(ConfigError, match=r"config\.yaml:2: is not UTF-8 text; save it as UTF-8"):
        load_config(path)


def test_a_file_may_have_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SITE.replace("\n", "\r\n").encode())
    config = load_config(path, {})
    assert (config.site.title, config.base) == ("試験ノート", tmp_path.resolve())


def test_the_process_environment_is_used_unless_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("site: {title: '${TITLE}', url: https://note.example}\n", encoding="utf-8")
    monkeypatch.setenv("TITLE", "題")
    assert load_config(path).site.title == "題"
    with pytest.raises(ConfigError, match="TITLE is not set"):
        load_config(path, {})


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.just("${UNSET}"))
words = st.sampled_from(
    [
        "title",
        "url",
        "from",
        "path",
        "limit",
        "weekly",
        "schedule",
        "max_age",
        "select",
        "tags",
        "min",
        "base",
        "transport",
        "x",
    ]
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
sections = [
    "site",
    "articles",
    "feeds",
    "newsletters",
    "organisation",
    "delivery",
    "database",
    "secret_key",
    "base",
    "x",
]


@given(st.dictionaries(st.sampled_from(sections), trees, max_size=5))
def test_anything_is_a_config_or_a_list_of_problems(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    problems = None
    try:
        config = parse(text)
    except ConfigError as error:
        problems = error.problems
    else:
        assert config.site.title
    assert problems is None or problems
    assert all(problem.message and problem.file == str(PATH) for problem in problems or ())


def test_a_rule_to_ignore_must_be_one_of_those_there_are() -> None:
    text = (
        SITE
        + PEOPLE
        + "newsletters:\n  weekly:\n    title: 週刊\n    from: a@b.example\n    lint:\n      ignore: [RULES]\n"
    )
    path = Path("config.yaml")
    config = parse_config(text.replace("RULES", "link-http"), path, {}, rules=["link-http", "no-lang"])
    assert config.newsletters["weekly"].lint.ignore == ("link-http",)
    with pytest.raises(ConfigError) as caught:
        parse_config(text.replace("RULES", "link-http, linkhttp, xyz"), path, {}, rules=["link-http", "no-lang"])
    said = [str(problem).partition("ignore.")[2] for problem in caught.value.problems]
    assert said == [
        "1: 'linkhttp' is not a rule; did you mean \"link-http\"?",
        "2: 'xyz' is not a rule; docs/lint.md lists them all",
    ]
    assert parse_config(text.replace("RULES", "anything"), path, {}).newsletters["weekly"].lint.ignore == ("anything",)
