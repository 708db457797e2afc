"""What sign-up pages say: the consent that is asked for, word for word as the log keeps it, and what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from publisher.subscribers.signup import LONGEST_NAME, SignUpProblem
from publisher.web.face import Say


def consent_words(say: Say) -> str:
    """Beside the button of every form."""
    return say(
        "With “Subscribe” you ask for these newsletters by e-mail. First we send you one mail with a button to "
        "confirm; without it you get nothing. Every mail has a link to unsubscribe."
    )


def full_wording(say: Say, titles: Sequence[str]) -> str:
    """As the log keeps it: what it was about, too."""
    return f"{say(', ').join(titles)}: {consent_words(say)}"


def list_problems(problems: Iterable[SignUpProblem], say: Say) -> list[SignUpProblem]:
    """For people, in the language of `say`; `field` names what to correct."""
    return [SignUpProblem(one.field, one.code, _describe(one, say)) for one in problems]


def _describe(problem: SignUpProblem, say: Say) -> str:
    match problem.code:
        case "malformed":
            return say("Check your e-mail address; it looks like name@example.com.")
        case "full-width":
            return say("Write your e-mail address in half-width letters; it has full-width ones.")
        case "disposable":
            return say("This mailbox is thrown away soon. Take one that you keep; you can leave at any time.")
        case "name":
            return say("Shorten your name to {number} characters at most.", number=LONGEST_NAME)
        case "language":
            return say("Choose a language from the list.")
        case "choice":
            return say("Something here cannot be chosen any more. Look it over and save again.")
        case _:
            return say("Choose at least one newsletter.")
