"""Which feeds hubs are to hear of, against what lies on the disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.app.announcing import announce, list_topics
from publisher.app.context import Context
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.feeds.select import plan_feeds
from publisher.model.hub import HubMode, HubSubscription
from publisher.storage import subscriptions, topics
from tests.site import CONFIG, Site

HUB = "https://hub.example/"
CLOUD = "http://rpc.example:5337/pleaseNotify"
RSS = "https://note.example/rss.xml"
STAR = "https://note.example/tags/%E6%98%9F/rss.xml"
WEB = "web: {listen: 127.0.0.1:0}\n"
MAIN = {f"https://note.example/{name}" for name in ("rss.xml", "atom.xml", "feed.json")}


def configure(site: Site, websub: str) -> None:
    site.configure(f"{CONFIG}{WEB}websub: {websub}\n")


def publish(site: Site) -> None:
    with site.open() as context:
        publish_feeds(context, scan(context).articles)


def waiting(site: Site, hub: str = HUB) -> set[str]:
    with site.open() as context, context.database.read() as connection:
        return {ping.topic for ping in topics.waiting_pings(connection, hub, 1_000)}


def tell_all(site: Site, *hubs: str) -> None:
    """As if every hub had heard everything."""
    with site.open() as context, context.database.write() as connection:
        for hub in hubs or (HUB,):
            topics.end_pings(connection, hub, topics.waiting_pings(connection, hub, 1_000))


def subscribe(context: Context, topic: str) -> HubSubscription:
    made = HubSubscription(
        topic, "https://reader.example/push", "reader.example", "", context.clock() + timedelta(days=9)
    )
    with context.database.write() as connection:
        subscriptions.save_subscription(connection, made)
    return made


@pytest.fixture
def told(site: Site) -> Site:
    """A site with a hub that knows all there is."""
    configure(site, f"{{hub: '{HUB}'}}")
    site.write("a.md", "ひとつめ", tags=["星"])
    publish(site)
    tell_all(site)
    return site


def test_a_new_hub_hears_of_the_feed_of_the_site(site: Site) -> None:
    site.write("a.md", "ひとつめ", tags=["星"])
    configure(site, f"{{hub: ['{HUB}']}}")
    publish(site)
    assert waiting(site) == MAIN


def test_without_a_hub_nothing_is_kept(site: Site) -> None:
    site.write("a.md", "ひとつめ", tags=["星"])
    publish(site)
    with site.open() as context, context.database.read() as connection:
        assert not topics.has_topics(connection)


def test_every_feed_that_changes_is_told_and_no_other(told: Site) -> None:
    told.write("b.md", "ふたつめ", tags=["月"])
    publish(told)
    assert waiting(told) == MAIN | {
        f"https://note.example/tags/%E6%9C%88/{name}" for name in ("rss.xml", "atom.xml", "feed.json")
    }


def test_a_pass_without_changes_tells_nothing(told: Site) -> None:
    publish(told)
    assert waiting(told) == set()


def test_a_crash_after_writing_loses_nothing(told: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    told.write("b.md", "ふたつめ", tags=["星"])

    def die(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("publisher.app.publishing.announce", die)
        with pytest.raises(KeyboardInterrupt):
            publish(told)
    assert waiting(told) == set()
    publish(told)  # nothing is to be written any more
    assert len(waiting(told)) == 6


def test_a_file_that_somebody_else_spoilt_is_mended_and_no_news(told: Site) -> None:
    (told.output / "rss.xml").write_text("spoilt", encoding="utf-8")
    publish(told)
    assert "ひとつめ" in (told.output / "rss.xml").read_text(encoding="utf-8")
    assert waiting(told) == set()


def test_each_hub_has_its_own_list(site: Site) -> None:
    site.write("a.md", "ひとつめ")
    configure(site, f"{{hub: ['{HUB}', 'https://other.example/']}}")
    publish(site)
    tell_all(site)
    assert (waiting(site), waiting(site, "https://other.example/")) == (set(), MAIN)


def test_an_rsscloud_server_hears_of_rss_alone(site: Site) -> None:
    site.write("a.md", "ひとつめ")
    configure(site, f"{{rsscloud: '{CLOUD}'}}")
    publish(site)
    assert waiting(site, CLOUD) == {RSS}


def test_a_hub_that_is_taken_out_hears_nothing_more(told: Site) -> None:
    told.write("b.md", "ふたつめ")
    publish(told)
    configure(told, "{hub: https://other.example/}")
    publish(told)
    assert waiting(told) == set()
    assert waiting(told, "https://other.example/") >= MAIN
    told.configure()
    publish(told)
    with told.open() as context, context.database.read() as connection:
        assert (topics.count_pings(connection), topics.has_topics(connection)) == (0, False)


def test_a_feed_that_is_gone_is_spoken_of_no_more(told: Site) -> None:
    told.write("a.md", "ひとつめ")  # without its tag
    publish(told)
    assert waiting(told) == MAIN
    with told.open() as context, context.database.read() as connection:
        assert set(topics.load_topics(connection)) == MAIN


def test_archives_are_nobodys_topic(told: Site) -> None:
    with told.open() as context:
        spec = plan_feeds(scan(context).articles, context.config, context.clock()).specs[0]
    archive = replace(spec, part=1)
    digests = {"rss.xml": "aa", "atom.xml": "bb", "feed.json": "cc", "rss-1.xml": "dd"}
    assert {topic.url for topic in list_topics([spec, archive], digests)} == MAIN


def test_subscribers_of_our_own_hub_wait_for_what_changed(site: Site) -> None:
    configure(site, "{hub: self}")
    site.write("a.md", "ひとつめ", tags=["星"])
    publish(site)
    with site.open() as context:
        held = subscribe(context, RSS)
        other = subscribe(context, STAR)
    site.write("b.md", "ふたつめ", tags=["月"])
    site.clock.advance(minutes=1)
    publish(site)
    with site.open() as context, context.database.read() as connection:
        (found,) = subscriptions.subscriptions_to(connection, RSS)
        assert (found.version, found.due_at) == (1, site.clock())
        assert subscriptions.subscriptions_to(connection, STAR) == [other]
    assert held.due_at is None


def test_subscribers_of_a_feed_that_is_gone_are_told(site: Site) -> None:
    configure(site, "{hub: self}")
    site.write("a.md", "ひとつめ", tags=["星"])
    publish(site)
    with site.open() as context:
        subscribe(context, STAR)
    site.write("a.md", "ひとつめ")
    publish(site)
    with site.open() as context, context.database.write() as connection:
        assert subscriptions.subscriptions_to(connection, STAR) == []
        found = subscriptions.claim_question(connection, site.clock(), timedelta(minutes=1), [])
        assert found is not None
        assert (found[1].mode, found[1].topic) == (HubMode.DENIED, STAR)


def test_a_feed_that_could_not_be_written_is_not_announced(told: Site) -> None:
    (told.output / "rss.xml").unlink()
    (told.output / "rss.xml").mkdir()
    told.write("b.md", "ふたつめ", tags=["星"])
    publish(told)
    assert RSS not in waiting(told)
    assert STAR in waiting(told)


def test_announcing_twice_is_announcing_once(told: Site) -> None:
    told.write("b.md", "ふたつめ", tags=["星"])
    with told.open() as context:
        publish_feeds(context, scan(context).articles)
        specs = plan_feeds(scan(context).articles, context.config, context.clock()).specs
        assert announce(context, specs) == 0
        assert context.ping_wake.is_set()
    assert len(waiting(told)) == 6
