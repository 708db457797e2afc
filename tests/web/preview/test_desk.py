"""What is made anew, what is kept, and what is told when something is wrong."""

from __future__ import annotations

import pytest

from publisher.app.previewing import Wanted
from publisher.errors import UsageError
from publisher.web.preview import desk as module
from publisher.web.preview.desk import Desk, Sight
from tests.site import CONFIG, Site
from tests.web.preview.desk import make_desk

WEEKLY = Wanted("weekly")
BROKEN = "{{ nothing }}"
BODY = "templates/email/digest/body.html"


def subjects(sight: Sight) -> list[str]:
    return [preview.subject for preview in sight.previews]


def write(site: Site, name: str, text: str) -> None:
    path = site.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_mail_is_made_once_until_a_file_changes(site: Site) -> None:
    site.write("a.md", "一つ目")
    desk = make_desk(site)
    first = desk.look(WEEKLY)
    assert subjects(first) == ["一つ目"]
    assert desk.look(WEEKLY) is first
    site.write("a.md", "直した題")
    second = desk.look(WEEKLY)
    assert subjects(second) == ["直した題"]
    assert second.version == desk.version != first.version


@pytest.mark.parametrize("name", ["articles/new.md", "templates/email/partials/footer.html", "locale/x.po"])
def test_every_file_that_a_mail_is_made_of_makes_a_new_version(site: Site, name: str) -> None:
    desk = make_desk(site)
    before = desk.version
    desk.refresh()
    assert desk.version == before
    write(site, name, "x")
    desk.refresh()
    assert desk.version != before


def test_a_broken_template_is_told_and_the_last_good_mail_stays(site: Site) -> None:
    site.write("a.md", "記事")
    desk = make_desk(site)
    good = desk.look(WEEKLY)
    write(site, BODY, BROKEN)
    broken = desk.look(WEEKLY)
    assert "templates/email/digest/body.html:1: 'nothing' is not known here" in broken.error
    assert broken.previews == good.previews
    (site.folder / BODY).unlink()
    mended = desk.look(WEEKLY)
    assert (mended.error, subjects(mended)) == ("", ["記事"])


def test_what_was_never_good_has_only_its_error(site: Site) -> None:
    site.write("a.md", "記事")
    write(site, BODY, BROKEN)
    sight = make_desk(site).look(WEEKLY)
    assert sight.error
    assert sight.previews == ()
    assert "digest" in sight.templates


def test_a_broken_configuration_is_told_and_the_last_good_one_counts(site: Site) -> None:
    site.write("a.md", "記事")
    desk = make_desk(site)
    desk.look(WEEKLY)
    site.configure(CONFIG + "nonsense: 1\n")
    broken = desk.look(WEEKLY)
    assert "nonsense" in broken.error
    assert subjects(broken) == ["記事"]
    assert list(desk.config.newsletters) == ["weekly", "new-article"]
    site.configure(CONFIG.replace("週刊試験ノート", "週刊あたらしい名"))
    mended = desk.look(WEEKLY)
    assert mended.error == ""
    assert desk.config.newsletters["weekly"].title == "週刊あたらしい名"
    assert mended.version == desk.version


def test_a_folder_that_the_configuration_names_from_now_on_is_looked_into(site: Site) -> None:
    desk = make_desk(site)
    write(site, "texts/a.md", '---\ntitle: "別の記事"\ndate: "2026-11-18"\n---\n\n本文\n')
    site.configure(CONFIG.replace("path: articles", "path: texts"))
    assert subjects(desk.look(WEEKLY)) == ["別の記事"]
    before = desk.version
    write(site, "texts/b.md", "x")
    desk.refresh()
    assert desk.version != before


def test_a_missing_folder_is_told(site: Site) -> None:
    desk = make_desk(site)
    site.articles.rmdir()
    assert "articles" in desk.look(WEEKLY).error


def test_an_article_that_cannot_be_read_is_named(site: Site) -> None:
    site.write("a.md", "記事")
    site.write_raw("broken.md", "---\ntitle: x\n---\n")
    sight = make_desk(site).look(WEEKLY)
    assert subjects(sight) == ["記事"]
    assert [str(problem).startswith("articles/broken.md:") for problem in sight.problems] == [True]


def test_a_bug_costs_one_mail_and_not_the_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("a.md", "記事")
    desk = make_desk(site)

    def fail(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(module, "make_previews", fail)
    assert desk.look(WEEKLY).error == "unexpected RuntimeError: nobody thought of this; please report it"


def test_only_so_many_mails_are_kept(site: Site) -> None:
    desk = make_desk(site)
    for number in range(module._MOST + 10):
        assert "has no issue" in desk.look(Wanted("weekly", issue=number + 1)).error
    assert len(desk._sights) == module._MOST


def test_the_site_is_read_once_for_all_newsletters(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, calls = make_desk(site), []

    def refuse(*_: object) -> None:
        calls.append(1)
        raise UsageError("not now")

    monkeypatch.setattr(module, "open_workplace", refuse)
    assert [desk.look(Wanted(name)).error for name in ("weekly", "new-article")] == ["not now"] * 2
    assert len(calls) == 1


def test_two_starts_never_count_alike(site: Site) -> None:
    first, second = make_desk(site), make_desk(site)
    assert isinstance(first, Desk)
    assert first.version != second.version
