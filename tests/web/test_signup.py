"""Subscribing by page, frame and foreign form, and confirming: over real sockets, with the mails in a real outbox."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from publisher import tokens
from publisher.app.persondata import get_person
from publisher.model.consent import ConsentEvent
from publisher.model.subscriber import SubscriberState
from tests.site import Site
from tests.web.readers import HANAKO, HTML, find_link, link_to, mails_to, person, post, serve_readers, settle_notices
from tests.web.served import WEB, Served
from tests.web.unchanged import assert_database_unchanged

JIRO = "jiro@reader.example"
MAILING = (
    WEB.replace("web: {", "web: {url: 'https://letters.note.example', ")
    + "subscribers: {limits: {network_per_hour: 8}}\n"
)
Fields = dict[str, str | list[str]]


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serve_readers(site, MAILING) as found:
        yield found


def fill(served: Served, path: str = "/subscribe", /, **more: str | list[str]) -> Fields:
    """What a person's browser would send, three seconds after it got the form."""
    page = served.get(path, **HTML).text
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    served.site.clock.advance(seconds=3)
    sent: Fields = {"newsletter": ["weekly"], "email": JIRO, "website": ""}
    return sent | found | more


def confirm_path(served: Served, email: str = JIRO) -> str:
    return find_link(mails_to(served, email)[-1], "confirm")


def test_the_page_offers_the_newsletters(served: Served) -> None:
    with assert_database_unchanged(served.context):
        page = served.get("/subscribe", **HTML).text
        only = served.get("/subscribe?newsletter=weekly", **HTML).text
        assert served.ask("HEAD", "/subscribe").status_code == 200
    assert page.count(" checked>") == 2
    assert only.count(" checked>") == 1
    assert "First we send you one mail with a button to confirm" in page


def test_an_international_address_gets_its_mail_and_confirms(served: Served) -> None:
    email = "例え@xn--r8jz45g.example"
    assert post(served, "/subscribe", fill(served, email="例え@例え.example")).status_code == 200
    assert post(served, confirm_path(served, email), {"act": "confirm"}).status_code == 200
    assert person(served.context, email).state is SubscriberState.ACTIVE


def test_from_the_form_to_the_list(served: Served) -> None:
    answer = post(served, "/subscribe", fill(served, name="鈴木 次郎", language="en"))
    assert answer.status_code == 200
    assert f"A mail is on its way to {JIRO}." in answer.text
    assert person(served.context, JIRO).state is SubscriberState.PENDING
    path = confirm_path(served)
    with assert_database_unchanged(served.context):
        shown = served.get(path, **HTML)
        assert served.ask("HEAD", path).status_code == 200
    assert "Yes, subscribe me" in shown.text
    done = post(served, path, {"act": "confirm"})
    assert "Thank you" in done.text
    found = person(served.context, JIRO)
    assert (found.state, found.newsletters, found.name) == (SubscriberState.ACTIVE, ("weekly",), "鈴木 次郎")
    assert "This is done already" in post(served, path, {"act": "confirm"}).text
    assert "This is done already" in served.get(path, **HTML).text
    assert len(mails_to(served, JIRO)) == 2, "the question and the welcome"


def test_the_log_keeps_the_words_that_were_shown(served: Served) -> None:
    page = served.get("/subscribe", **HTML | {"accept-language": "ja"}).text
    shown = re.search(r'<p class="field small">(.*?)</p>', page)
    post(served, "/subscribe", fill(served), accept_language="ja")
    asked = get_person(served.context, JIRO).log[0]
    assert asked.event is ConsentEvent.ASKED
    assert shown
    assert asked.circumstances.wording == f"週刊試験ノート: {shown[1]}"
    assert asked.circumstances.page == "/subscribe"
    assert asked.circumstances.network, "as a keyed hash"


def test_the_answer_says_nothing_about_who_is_there(served: Served) -> None:
    known = post(served, "/subscribe", fill(served, email=HANAKO))
    unknown = post(served, "/subscribe", fill(served, email=JIRO))
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(HANAKO, "") == unknown.text.replace(JIRO, "")
    assert min(known.elapsed.total_seconds(), unknown.elapsed.total_seconds()) >= 0.39
    names = [sorted(set(answer.headers) - {"date"}) for answer in (known, unknown)]
    assert names[0] == names[1]


def test_the_mail_goes_out_behind_the_answer(served: Served) -> None:
    """`publisher run` need not be there; the server finishes what it has begun before it stops."""
    site = served.site
    post(served, "/subscribe", fill(served))
    served.client.get(served.address + "health")
    for _ in range(200):
        if site.mails():
            break
        served.client.get(served.address + "health")
    assert [str(mail["to"]) for mail in site.mails()] == [JIRO]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"email": "jiro.reader.example"}, "Check your e-mail address"),
        ({"email": ""}, "Check your e-mail address"),
        ({"email": "x@mailinator.com"}, "thrown away soon"),
        ({"email": "ｊｉｒｏ@reader.example"}, "half-width letters"),
        ({"name": "x" * 101}, "Shorten your name to 100"),
        ({"newsletter": []}, "Choose at least one newsletter"),
        ({"newsletter": ["nothing"]}, "Choose at least one newsletter"),
        ({"language": "klingon!"}, "Choose a language from the list"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(served: Served, more: Fields, says: str) -> None:
    with assert_database_unchanged(served.context):
        answer = post(served, "/subscribe", fill(served, **more))
    assert answer.status_code == 422
    assert answer.text.count(says) == 2, "once in the summary, once beside the field"
    field = re.search(r'<li><a href="#(\w+)">', answer.text)
    assert field
    assert f'aria-describedby="{field[1]}-error"' in answer.text
    assert f'id="{field[1]}"' in answer.text
    assert f'id="{field[1]}-error"' in answer.text


def test_what_was_entered_is_shown_as_text(served: Served) -> None:
    answer = post(served, "/subscribe", fill(served, email='"><script>x</script>', name="<b>"))
    assert "<script>" not in answer.text
    assert 'value="&lt;b&gt;"' in answer.text


def test_a_program_that_fills_in_everything_gets_the_same_answer(served: Served) -> None:
    real = post(served, "/subscribe", fill(served))
    settle_notices(served)
    with assert_database_unchanged(served.context):
        trapped = post(served, "/subscribe", fill(served, email="x@reader.example", website="https://spam.example"))
    assert trapped.status_code == real.status_code
    assert trapped.text.replace("x@reader.example", JIRO) == real.text


@pytest.mark.parametrize("age", [0, 90_000])
def test_a_form_that_comes_too_soon_or_too_late_is_shown_again(served: Served, age: int) -> None:
    sent = fill(served)
    served.site.clock.advance(seconds=age - 3)
    with assert_database_unchanged(served.context):
        answer = post(served, "/subscribe", sent)
    assert answer.status_code == 200
    assert "One more press" in answer.text
    assert f'value="{JIRO}"' in answer.text


def test_a_form_in_anothers_html_needs_one_more_press(served: Served) -> None:
    answer = post(served, "/subscribe", {"email": JIRO, "newsletter": "weekly"}, origin="https://blog.example")
    assert "One more press" in answer.text
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    served.site.clock.advance(seconds=3)
    answer = post(served, "/subscribe", {"email": JIRO, "newsletter": "weekly"} | sent)
    assert "Look into your mailbox" in answer.text
    assert len(mails_to(served, JIRO)) == 1


def test_the_frame_may_stand_anywhere(served: Served) -> None:
    answer = served.get("/subscribe/form?newsletter=weekly", **HTML)
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in served.get("/subscribe", **HTML).headers["content-security-policy"]
    post(served, "/subscribe", fill(served, "/subscribe/form?newsletter=weekly"))
    asked = get_person(served.context, JIRO).log[0]
    assert (asked.newsletters, asked.circumstances.page) == (("weekly",), "/subscribe/form")


def test_too_many_from_one_network_are_asked_to_wait(served: Served) -> None:
    answers = [post(served, "/subscribe", fill(served, email=f"r{number}@reader.example")) for number in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    assert "Try again in an hour" in answers[-1].text
    assert 'value="r8@reader.example"' in answers[-1].text


def test_a_link_that_has_expired_shows_the_way_on(served: Served) -> None:
    post(served, "/subscribe", fill(served))
    path = confirm_path(served)
    served.site.clock.advance(days=8)
    for answer in (served.get(path, **HTML), post(served, path, {"act": "confirm"})):
        assert answer.status_code == 410
        assert 'href="/subscribe"' in answer.text
    assert person(served.context, JIRO).state is SubscriberState.PENDING


@pytest.mark.parametrize("token", ["x", "A" * 32, "%3Cscript%3E"])
def test_a_link_that_is_not_ours(served: Served, token: str) -> None:
    with assert_database_unchanged(served.context):
        assert served.get(f"/confirm/{token}", **HTML).status_code == 404
        assert post(served, f"/confirm/{token}", {"act": "confirm"}).status_code == 404


def test_a_link_to_leave_confirms_nothing(served: Served) -> None:
    token = link_to(served.context, tokens.UNSUBSCRIBE).rpartition("/")[2]
    assert served.get(f"/confirm/{token}", **HTML).status_code == 404
