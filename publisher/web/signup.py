"""The page where people subscribe, and the same form for a frame in the pages of another site.

A form that stands in another site's own HTML sends its address here, and is asked for one more press: so the person
sees what they agree to, and a program meets the traps.
"""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from publisher.app.consent import Answer, AskReply, ask
from publisher.app.context import Context
from publisher.catalogue import name_language
from publisher.mail.view import NewsletterView
from publisher.subscribers.signup import SignUp, SignUpProblem
from publisher.web.face import Face
from publisher.web.forms import read_form
from publisher.web.pageheaders import PagePolicy
from publisher.web.proofs import CHALLENGE_PATH, FIELD, Proofs
from publisher.web.readerpages import READ, ReaderPages, network_of_visitor, work_evenly
from publisher.web.signupform import STAMP, TRAP, Entry, Verdict, judge, make_stamp, read_entry
from publisher.web.signupwords import consent_words, full_wording, list_problems

PATH, FRAMED = "/subscribe", "/subscribe/form"

_PAGE, _FRAME = "web/signup.html", "web/signupform.html"


def signup_routes(context: Context, face: Face, proofs: Proofs) -> APIRouter:
    router = APIRouter()
    page = _SignUpPage(ReaderPages(context, face), proofs)

    @router.api_route(PATH, methods=READ)
    def show(request: Request) -> Response:
        """`?newsletter=NAME` ticks only that one."""
        return page.show(request, Entry(newsletters=page.named(request)))

    @router.api_route(FRAMED, methods=READ)
    def show_framed(request: Request) -> Response:
        """For `<iframe src="…">`; what it sends is answered by the whole page."""
        return page.show_framed(request)

    @router.post(PATH)
    async def take(request: Request) -> Response:
        form = await read_form(request)
        entry, pages = read_entry(form), page.pages
        verdict = judge(form, pages.context.keys, pages.context.clock())
        if verdict is Verdict.AGAIN:
            return await run_in_threadpool(page.show_again, request, entry)
        if verdict is Verdict.PERSON and not await run_in_threadpool(proofs.take, form.get(FIELD)):
            return await run_in_threadpool(page.show_unproved, request, entry)
        sign_up = page.make_sign_up(request, entry, FRAMED if form.get("page") == FRAMED else PATH)
        work = partial(page.take, sign_up, is_person=verdict is Verdict.PERSON)
        reply = await work_evenly(work)
        return await run_in_threadpool(page.answer, request, entry, reply)

    return router


class _SignUpPage:
    def __init__(self, pages: ReaderPages, proofs: Proofs) -> None:
        self.pages = pages
        self._proofs = proofs
        self._policy = PagePolicy(runs_scripts=proofs.are_wanted)
        self._config = pages.context.config

    def named(self, request: Request) -> tuple[str, ...]:
        name = self.pages.visit(request).parameters.get("newsletter", "")
        return (name,) if name in self._config.newsletters else ()

    def show(self, request: Request, entry: Entry, hint: str = "", status: int = 200) -> Response:
        variables = self._variables(request, entry) | {"hint": hint}
        return self.pages.show(request, _PAGE, variables, status, policy=self._policy)

    def show_problems(self, request: Request, entry: Entry, problems: tuple[SignUpProblem, ...]) -> Response:
        listed = list_problems(problems, self.pages.words(request))
        variables = self._variables(request, entry) | {"problems": listed}
        return self.pages.show(request, _PAGE, variables, 422, policy=self._policy)

    def show_framed(self, request: Request) -> Response:
        entry = Entry(newsletters=self.named(request))
        policy = PagePolicy(may_be_framed=True, runs_scripts=self._policy.runs_scripts)
        return self.pages.show(request, _FRAME, self._variables(request, entry), policy=policy)

    def show_again(self, request: Request, entry: Entry) -> Response:
        say = self.pages.words(request)
        return self.show(request, entry, say("One more press: look over what you entered, then send it."))

    def show_unproved(self, request: Request, entry: Entry) -> Response:
        say = self.pages.words(request)
        hint = say("Press once more: your browser has not done the sums that keep robots away. They need JavaScript.")
        return self.show(request, entry, hint, 422)

    def make_sign_up(self, request: Request, entry: Entry, page: str) -> SignUp:
        say = self.pages.words(request)
        titles = [
            self._config.newsletters[name].title for name in entry.newsletters if name in self._config.newsletters
        ]
        return SignUp(
            email=entry.email,
            newsletters=entry.newsletters,
            name=entry.name,
            language=entry.language or self.pages.visit(request).language,
            page=page,
            wording=full_wording(say, titles),
            network=network_of_visitor(request),
        )

    def take(self, sign_up: SignUp, *, is_person: bool) -> AskReply:
        if not is_person:
            return AskReply(Answer.TAKEN)
        if not sign_up.newsletters:  # the form shows all, so that none is a mistake
            reply = (SignUpProblem("newsletters", "newsletter", "choose at least one newsletter"),)
            return AskReply(Answer.REFUSED, reply)
        return ask(self.pages.context, sign_up)

    def answer(self, request: Request, entry: Entry, reply: AskReply) -> Response:
        say = self.pages.words(request)
        if reply.answer is Answer.REFUSED:
            return self.show_problems(request, entry, reply.problems)
        if reply.answer is Answer.BUSY:
            hint = say("Very many people subscribe just now, and we could not take this. Try again in an hour.")
            return self.show(request, entry, hint, 429)
        response = self.pages.say(
            request,
            say("Look into your mailbox"),
            say("A mail is on its way to {email}. Press the button in it within seven days.", email=entry.email),
            say("If nothing has come in ten minutes, look among the spam, or check the address and try again."),
        )
        response.background = self.pages.post_notices()
        return response

    def _variables(self, request: Request, entry: Entry) -> dict[str, object]:
        visit, context = self.pages.visit(request), self.pages.context
        offered = self._config.newsletters
        ticked = [name for name in entry.newsletters if name in offered] or list(offered)
        return {
            "offered": [
                {"view": NewsletterView(name, one.title), "description": one.description, "is_ticked": name in ticked}
                for name, one in offered.items()
            ],
            "entry": entry,
            "tongues": [(tag, name_language(tag)) for tag in self.pages.face.languages],
            "tongue": entry.language or visit.language,
            "consent": consent_words(self.pages.words(request)),
            "trap": TRAP,
            "stamp_name": STAMP,
            "stamp": make_stamp(context.key, context.clock()),
            "path": PATH,
            "framed_path": FRAMED,
            "proof": self._proof(),
        }

    def _proof(self) -> dict[str, str] | None:
        """What a page needs to make a proof of work."""
        if not self._proofs.are_wanted:
            return None
        return {"field": FIELD, "script": self._proofs.script_path, "challenge": CHALLENGE_PATH}
