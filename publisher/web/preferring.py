"""The reader's own page: newsletters, topics, rhythm, language, clock, name, a pause, and another address.

Its link is in every mail and needs no password. GET shows, POST changes, and says on the same page what holds now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import available_timezones

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from publisher import tokens
from publisher.app.choosing import Ticks, choose_all
from publisher.app.consent import Answer, AskReply
from publisher.app.context import Context
from publisher.app.moving import ask_address_change
from publisher.app.preferences import change_preferences, list_all_topics, list_article_languages, read_preferences
from publisher.catalogue import name_language
from publisher.errors import UsageError
from publisher.model.preferences import Choice, Preferences
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.subscribers.signup import SignUpProblem
from publisher.web.face import Face
from publisher.web.forms import Form, read_form
from publisher.web.preferenceform import find_name_problem, read_newsletters, read_preferences_form
from publisher.web.readerowners import find_owner, show_no_owner
from publisher.web.readerpages import READ, ReaderPages, work_evenly
from publisher.web.signupwords import list_problems

PAGE = "/preferences"  # in the log, without the token
WEEKS = (1, 2, 4, 8, 12, 26)

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
_TEMPLATE = "web/preferences.html"
_MOST_FIELDS = 1_000
_MOST_TOPICS = 60  # shown of one newsletter, besides those that are chosen


def preferring_routes(context: Context, face: Face) -> APIRouter:
    router = APIRouter()
    page = _PreferencePage(ReaderPages(context, face))

    @router.api_route("/preferences/{token}", methods=READ)
    def show(request: Request, token: str) -> Response:
        return page.answer(request, token, lambda person: page.show(request, token, person))

    @router.post("/preferences/{token}")
    async def save(request: Request, token: str) -> Response:
        form = await read_form(request, most_fields=_MOST_FIELDS)
        work = partial(page.save, request, token, form)
        return await run_in_threadpool(page.answer, request, token, work)

    @router.post("/preferences/{token}/pause")
    async def pause(request: Request, token: str) -> Response:
        """`weeks`, or 0 to go on."""
        form = await read_form(request)
        return await run_in_threadpool(page.answer, request, token, partial(page.pause, request, token, form))

    @router.post("/preferences/{token}/address")
    async def move(request: Request, token: str) -> Response:
        form = await read_form(request)
        told = page.pages.tell(request, "form", page=f"{PAGE}/address")
        email = form.get("email")
        reply = await work_evenly(partial(ask_address_change, page.pages.context, token, email, told))
        work = partial(page.say_moved, request, token, (email, reply))
        return await run_in_threadpool(page.answer, request, token, work)

    return router


class _PreferencePage:
    def __init__(self, pages: ReaderPages) -> None:
        self.pages = pages
        self._context = pages.context
        self._config = pages.context.config

    def answer(self, request: Request, token: str, make: Callable[[Subscriber], Response]) -> Response:
        """What `make` gives for the owner of the token; who has none is told what to do."""
        person = find_owner(self._context, token)
        return make(person) if person else show_no_owner(self.pages, request)

    def show(
        self,
        request: Request,
        token: str,
        person: Subscriber,
        said: str = "",
        problems: tuple[SignUpProblem, ...] = (),
    ) -> Response:
        """`said` is what has just happened."""
        chosen = read_preferences(self._context, person.id)
        listed = list_problems(problems, self.pages.words(request))
        variables = self._variables(token, person, chosen) | {"said": said, "problems": listed}
        return self.pages.show(request, _TEMPLATE, variables, 422 if problems else 200)

    def save(self, request: Request, token: str, form: Form, person: Subscriber) -> Response:
        say = self.pages.words(request)
        if find_name_problem(form.get("name")):
            return self.show(request, token, person, problems=(SignUpProblem("name", "name", ""),))
        wanted, offered = read_newsletters(form)
        told = self.pages.tell(request, "preferences", page=PAGE, wording=say("Save"))
        before = read_preferences(self._context, person.id)
        topics = self._shown_topics(before.newsletters)
        chosen = read_preferences_form(form, before, topics)
        try:
            after = choose_all(self._context, person.id, chosen, Ticks(wanted, offered), told)
        except UsageError:  # made up, or gone since the page was shown
            return self.show(request, token, person, problems=(SignUpProblem("settings", "choice", ""),))
        if after is None:
            return show_no_owner(self.pages, request)
        response = self.show(request, token, after, say("Saved."))
        response.background = self.pages.post_notices()
        return response

    def pause(self, request: Request, token: str, form: Form, person: Subscriber) -> Response:
        say, weeks = self.pages.words(request), form.get("weeks")
        until = self._context.clock() + timedelta(weeks=int(weeks)) if weeks in set(map(str, WEEKS)) else None
        chosen = read_preferences(self._context, person.id)
        change_preferences(self._context, person.id, replace(chosen, paused_until=until))
        return self.show(request, token, person, say("Saved."))

    def say_moved(self, request: Request, token: str, asked: tuple[str, AskReply], person: Subscriber) -> Response:
        (email, reply), say = asked, self.pages.words(request)
        if reply.answer is Answer.REFUSED:
            return self.show(request, token, person, problems=reply.problems)
        if reply.answer is Answer.BUSY:
            return self.show(request, token, person, say("Not just now, please. Try again in an hour."))
        said = say("A mail is on its way to {email}. Press the button in it within seven days.", email=email)
        response = self.show(request, token, person, said)
        response.background = self.pages.post_notices()
        return response

    def _variables(self, token: str, person: Subscriber, chosen: Preferences) -> dict[str, object]:
        is_active = person.state is SubscriberState.ACTIVE
        by_name = {one.newsletter: one for one in chosen.newsletters} if is_active else {}
        names = tuple(dict.fromkeys((*self._config.newsletters, *by_name)))
        topics = self._shown_topics(by_name.values())
        return {
            "person": person,
            "chosen": chosen,
            "offered": [self._view(name, by_name.get(name), topics.get(name, ())) for name in names],
            "tongues": [(tag, name_language(tag)) for tag in self._list_languages(chosen.language)],
            "zones": list_zones(chosen.timezone),
            "own_zone": self._config.site.timezone.key,
            "weeks": WEEKS,
            "path": f"{PAGE}/{token}",
            "unsubscribe": f"/unsubscribe/{self._unsubscribe_token(token, person)}",
        }

    def _list_languages(self, chosen: str) -> list[str]:
        """Those of pages, and what else articles are in; and the one that is chosen, whatever it is."""
        offered = list(self.pages.face.languages)
        for tag in list_article_languages(self._context):
            if tag.partition("-")[0].lower() not in {one.partition("-")[0].lower() for one in offered}:
                offered.append(tag)
        return list(dict.fromkeys((*offered, *filter(None, [chosen]))))

    def _view(self, name: str, choice: Choice | None, topics: Iterable[str]) -> dict[str, object]:
        newsletter = self._config.newsletters.get(name)
        kept = (choice.rhythm,) if choice and choice.rhythm else ()
        allowed = newsletter.rhythms if newsletter else ()
        return {
            "name": name,
            "title": newsletter.title if newsletter else name,
            "description": newsletter.description if newsletter else "",
            "is_ticked": choice is not None,
            "rhythm": choice.rhythm.value if choice and choice.rhythm else "",
            "rhythms": list(dict.fromkeys((*map(str, allowed), *map(str, kept)))),
            "topics": [(one, not choice.topics or one in choice.topics) for one in topics] if choice else [],
        }

    def _shown_topics(self, choices: Collection[Choice]) -> dict[str, list[str]]:
        """By newsletter: those that there are, and those that are chosen."""
        known = list_all_topics(self._context, [choice.newsletter for choice in choices])
        return {
            choice.newsletter: list(
                dict.fromkeys((*list(known[choice.newsletter].values())[:_MOST_TOPICS], *choice.topics))
            )
            for choice in choices
        }

    def _unsubscribe_token(self, token: str, person: Subscriber) -> str:
        """For the newsletter whose mail led here."""
        names = (*person.newsletters, *self._config.newsletters)
        found = tokens.verify(self._context.keys, tokens.PREFERENCES, token, names)
        name = found[1] if found else next(iter(names), "")
        return tokens.sign(self._context.key, tokens.UNSUBSCRIBE, person.id, name)


def list_zones(chosen: str) -> list[str]:
    """Those that people know by a place; and the one that is chosen, whatever it is."""
    found = {name for name in available_timezones() if name.startswith(_REGIONS)} | {"UTC"}
    return sorted(found | ({chosen} if chosen else set()))
