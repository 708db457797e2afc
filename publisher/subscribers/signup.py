"""Which sign-ups can be taken, and what is wrong with the others. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from publisher.addresses import has_unsafe_characters, problem_with_reader
from publisher.subscribers.check import check_subscriber
from publisher.subscribers.disposable import is_disposable

LONGEST_NAME = 100
_LONGEST_ADDRESS = 254
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")
_IPV4_BITS, _IPV6_BITS = 24, 48  # what one household or one company has in its hands


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a form was filled in with; no newsletter means all. `wording` is what stood beside the button.

    `page` names the form, `network` is the address it was sent from.
    """

    email: str
    newsletters: tuple[str, ...] = ()
    name: str = ""
    language: str = ""
    page: str = ""
    wording: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class SignUpProblem:
    """`field` is that of the form, `code` one word for programs and catalogues, `message` says what to do."""

    field: str
    code: str
    message: str


def find_problems(sign_up: SignUp, known: Collection[str], *, allow_disposable: bool) -> list[SignUpProblem]:
    """None for a sign-up that can be taken; says nothing about who is on the list."""
    problems: list[SignUpProblem] = []
    problem = find_address_problem(sign_up.email, allow_disposable=allow_disposable)
    if problem is not None:
        problems.append(problem)
    if len(sign_up.name) > LONGEST_NAME or has_unsafe_characters(sign_up.name):
        message = f"the name is longer than {LONGEST_NAME} characters or has one that a name cannot have"
        problems.append(SignUpProblem("name", "name", message))
    if sign_up.language and check_subscriber("a@a.example", "", sign_up.language):
        problems.append(SignUpProblem("language", "language", "the language is none; write one such as ja or en-GB"))
    if not known or any(name not in known for name in sign_up.newsletters):
        problems.append(SignUpProblem("newsletters", "newsletter", "there is no such newsletter"))
    return problems


def find_address_problem(email: str, *, allow_disposable: bool) -> SignUpProblem | None:
    email = email.strip() if len(email) <= 2 * _LONGEST_ADDRESS else email[: 2 * _LONGEST_ADDRESS]
    problem = problem_with_reader(email)
    if problem is not None and _FULL_WIDTH.search(email):  # an input method was left on, which one cannot see well
        return SignUpProblem("email", "full-width", "the address has full-width characters; write them in ASCII")
    if problem is not None:
        return SignUpProblem("email", "malformed", f"the address {problem}")
    if not allow_disposable and is_disposable(email):
        message = "the address is one that is thrown away soon; take one that you keep, you can leave at any time"
        return SignUpProblem("email", "disposable", message)
    return None


def network_of(address: str) -> str:
    """`198.51.100.0/24` or `2001:db8:1::/48`, what limits are for; empty for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])  # without the zone of an address on this very network
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    bits = _IPV4_BITS if found.version == 4 else _IPV6_BITS
    return str(ip_network(f"{found}/{bits}", strict=False))
