"""Templates, theme and words as people set them, by the real command."""

from __future__ import annotations

from email import message_from_bytes, policy

from tests.site import CONFIG, Site

PLAIN = CONFIG.replace('schedule: "0 8 * * mon"\n', 'schedule: "0 8 * * mon"\n    template: plain\n')
DIGEST = ("digest", "weekly", "--since", "2026-11-01")


def make_site(site: Site, config: str = CONFIG) -> None:
    site.configure(config)
    site.write("20261118-harp.md", "🎐 風で鳴る竪琴", body="## 音\n\n風が弦を**鳴らします**。")
    site.write("20261117-mill.md", "水車が戻った川", date="2026-11-17")


def test_a_newsletter_of_text_alone_goes_out_as_one_part(site: Site) -> None:
    make_site(site, PLAIN)
    site.run("subscribers", "add", "aoi@reader.example")
    old = site.folder / "look" / "body.html"
    old.parent.mkdir()
    old.write_text("from another template", encoding="utf-8")
    shown = site.run(*DIGEST, "--out", "look")
    assert "body.html" not in shown.stdout
    assert sorted(path.name for path in old.parent.iterdir()) == ["body.txt", "message.eml", "subject.txt"]
    text = (old.parent / "body.txt").read_text(encoding="utf-8")
    assert "風が弦を鳴らします。" in text
    assert text.endswith("\n")
    message = message_from_bytes((old.parent / "message.eml").read_bytes(), policy=policy.default)
    assert (message.get_content_type(), message.defects) == ("text/plain", [])

    site.run("check", "--issue")
    assert "1 accepted" in site.run(*DIGEST, "--send").stdout
    assert [mail.get_content_type() for mail in site.mails()] == ["text/plain"]
    assert "水車が戻った川" in site.mails()[0].get_content()


def test_headlines_in_colours_of_ones_own(site: Site) -> None:
    theme = '\ntheme:\n  light: {accent: "#8a1c3c"}\n  logo: {url: /logo.png, width: 160, height: 40}\n'
    make_site(site, PLAIN.replace("template: plain", "template: headlines") + theme)
    site.run(*DIGEST, "--out", "look")
    html = (site.folder / "look" / "body.html").read_text(encoding="utf-8")
    assert "#8a1c3c" in html
    assert 'src="https://note.example/logo.png"' in html
    assert "水車が戻った川" in html
    assert "風が弦を" not in html


def test_colours_that_cannot_be_read_are_told_with_their_line(site: Site) -> None:
    make_site(site, CONFIG + 'theme:\n  dark:\n    muted: "#333333"\n')
    line = (CONFIG + "theme:\n  dark:\n    muted").count("\n") + 1
    refused = site.run("check", code=2).stderr
    assert f"config.yaml:{line}: theme.dark.muted: muted #333333 on paper #1b1f24 has a contrast of 1." in refused


def test_words_of_ones_own_stand_in_the_mail_and_a_slip_in_them_is_named(site: Site) -> None:
    make_site(site)
    catalogue = site.folder / "locale" / "ja" / "LC_MESSAGES" / "publisher.po"
    catalogue.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
    catalogue.write_text(head + 'msgid "Read on"\nmsgstr "つづきはこちら"\n', encoding="utf-8")
    site.run(*DIGEST, "--out", "look")
    assert "つづきはこちら" in (site.folder / "look" / "body.txt").read_text(encoding="utf-8")
    catalogue.write_text(head + 'msgid "Read on"\nmsgstr "つづき{n}"\n', encoding="utf-8")
    assert "locale/ja/LC_MESSAGES/publisher.po:4: {n} is not in the message" in site.run("check", code=1).stderr
