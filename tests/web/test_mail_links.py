"""Every link of every mail, opened as scanners do: by GET and HEAD, with the database proved unchanged."""

from __future__ import annotations

import html
import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from publisher.app.consent import ask
from publisher.app.sending import deliver
from publisher.subscribers.signup import SignUp
from tests.site import Site
from tests.web.mailed import MAILED, mail, write_articles
from tests.web.readers import HTML, settle_notices
from tests.web.served import serve
from tests.web.unchanged import assert_database_unchanged

HOME = "https://letters.note.example"
REACHED = MAILED.replace("web: {", f"web: {{url: '{HOME}', ")
FOR_SUBSCRIBERS = REACHED.replace("  weekly:\n", "  weekly:\n    archive: subscribers\n")
LINK = re.compile(rf"{re.escape(HOME)}(/[^\s<>\"]*)")


def links_in(message: EmailMessage) -> set[str]:
    """Paths with queries on our server: of the header, of the text and of the HTML."""
    texts = [str(message["list-unsubscribe"] or "")]
    texts += [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return {html.unescape(link) for text in texts for link in LINK.findall(text)}


@pytest.mark.parametrize("config", [REACHED, FOR_SUBSCRIBERS])
def test_scanners_open_all_of_them_and_nothing_happens(site: Site, config: str) -> None:
    site.configure(config)
    write_articles(site)
    with serve(site, config) as served:
        context = served.context
        mailed = mail(served)
        deliver(context, [mailed.digest.id, mailed.letter.id, mailed.single.id])
        ask(context, SignUp("jiro@reader.example", ("weekly",), page="/subscribe"))
        settle_notices(served)
        mails = site.mails()
        assert len(mails) == 4
        links = {link for message in mails for link in links_in(message)}
        kinds = {urlsplit(link).path.split("/")[1] for link in links}
        assert {"unsubscribe", "preferences", "confirm", "newsletters"} <= kinds
        with assert_database_unchanged(context):
            for link in sorted(links):
                assert served.get(link, **HTML).status_code == 200, link
                assert served.ask("HEAD", link).status_code == 200, link


def test_the_link_into_an_archive_for_subscribers_is_the_readers_own(site: Site) -> None:
    site.configure(FOR_SUBSCRIBERS)
    write_articles(site)
    with serve(site, FOR_SUBSCRIBERS) as served:
        mailed = mail(served)
        deliver(served.context, [mailed.digest.id, mailed.single.id])
        found = {urlsplit(link) for message in site.mails() for link in links_in(message) if "/issues/" in link}
        with_key = [link for link in found if link.query.startswith("key=")]
        assert [link.path for link in with_key] == [f"/newsletters/weekly/issues/{mailed.digest.id}/"]
        assert served.get(with_key[0].path, **HTML).status_code == 403
        assert [link.path for link in found if not link.query] == [
            f"/newsletters/new-article/issues/{mailed.single.id}/"
        ]
