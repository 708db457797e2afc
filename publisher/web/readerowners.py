"""Whose page it is: the token in the path says who may see and change it."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from publisher import tokens
from publisher.app.context import Context
from publisher.app.leaving import find_reader
from publisher.model.subscriber import Subscriber
from publisher.web.readerpages import ReaderPages


def find_owner(context: Context, token: str) -> Subscriber | None:
    """The reader whose link this is; None for no link of ours, and for somebody who is forgotten."""
    found = find_reader(context, tokens.PREFERENCES, token)
    return found[0] if found and found[0].email else None


def show_no_owner(pages: ReaderPages, request: Request) -> Response:
    say = pages.words(request)
    texts = (
        say("It may have been cut off on its way. Open it anew from the mail, or copy all of it."),
        say("It leads nowhere, too, when everything about you has been deleted."),
    )
    return pages.say(request, say("This link is not complete"), *texts, status=404)
