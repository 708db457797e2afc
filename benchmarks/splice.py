"""How long one message of a mailing takes: our splice beside Python's own EmailMessage, in the same run.

    python benchmarks/splice.py [--messages 10000]

The peer builds each message from the same subject, headers and bodies with base64 chosen for it, replaces the token in
both bodies and serialises; it runs on a hundredth of the messages, because it is that much slower.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from publisher.addresses import Mailbox
from publisher.mail.compile import Letterhead, Personal, compile_issue, unsubscribe_mailto
from publisher.mail.slots import Slot, new_marker, word
from publisher.model import RenderedIssue

UNSUBSCRIBE = "unsubscribe@news.example.com"
LETTERHEAD = Letterhead(
    sender=Mailbox("ミライ技術ノート", "news@example.com"),
    reply_to=None,
    list_name="週刊ミライ技術ノート",
    list_id="weekly.news.example.com",
    unsubscribe_address=UNSUBSCRIBE,
    feedback_id="12:weekly:digest:publisher",
)
TITLE = "📮 今週のミライ技術ノート：小さな衛星、大きな電池、そしてAIの話 🚀"
SENTENCE = "軽くて丈夫な電池ができると、遠くの村にも夜の明かりが届きます🔋。"
CARD = '<tr><td style="padding:16px 24px;color:#1c2733;line-height:1.8"><p style="margin:0">{}</p></td></tr>\n'


@dataclass(frozen=True, slots=True)
class Timing:
    name: str
    messages: int
    seconds: float  # for one
    size: int

    @property
    def microseconds(self) -> float:
        return self.seconds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Splice personal messages; compare with EmailMessage.")
    parser.add_argument("--messages", type=int, default=10_000)
    messages: int = parser.parse_args().messages

    rendered = render_issue(new_marker())
    people = make_people(messages)
    started = time.perf_counter()
    compiled = compile_issue(rendered, LETTERHEAD)
    compiling = time.perf_counter() - started
    ours = measure("publisher: splice", people, compiled.splice)
    peer = measure(
        "email.message.EmailMessage", people[: max(1, messages // 100)], lambda person: build_peer(rendered, person)
    )
    print_report(rendered, compiled.html.encoding, compiling, (ours, peer))


def render_issue(marker: str) -> RenderedIssue:
    """A digest of 30 KB of HTML, as the templates would hand it over."""
    uri = unsubscribe_mailto(UNSUBSCRIBE, word(marker, Slot.UNSUBSCRIBE))
    cards = ""
    while len(cards.encode()) < 29_500:
        cards += CARD.format(SENTENCE * 3)
    text = f"{SENTENCE}\n\n" * 40 + f"配信停止: {uri}\n"
    body = f'<html lang="ja"><body><table role="presentation">{cards}</table><a href="{uri}">配信停止</a></body></html>'
    return RenderedIssue(subject=TITLE, text=text, html=body, language="ja", marker=marker)


def make_people(count: int) -> list[Personal]:
    start = datetime(2026, 1, 8, 8, tzinfo=UTC)
    return [
        Personal(
            email=f"reader{number}@example.com",
            name=f"読者 {number} 号",
            unsubscribe_token=f"v1.{number:08d}.2mJ5tq0yZk7WbX1cVn4sRd9e",
            message_id=f"7.{number}.c0ffee@news.example.com",
            date=start + timedelta(milliseconds=number),
        )
        for number in range(count)
    ]


def build_peer(rendered: RenderedIssue, person: Personal) -> bytes:
    placeholder = word(rendered.marker, Slot.UNSUBSCRIBE)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(LETTERHEAD.sender.name, addr_spec=LETTERHEAD.sender.email)
    message["To"] = Address(person.name, addr_spec=person.email)
    message["Subject"] = rendered.subject
    message["Date"] = person.date
    message["Message-ID"] = f"<{person.message_id}>"
    message["List-Unsubscribe"] = f"<{unsubscribe_mailto(UNSUBSCRIBE, person.unsubscribe_token)}>"
    message["List-Id"] = f"{LETTERHEAD.list_name} <{LETTERHEAD.list_id}>"
    message["Feedback-ID"] = LETTERHEAD.feedback_id
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text.replace(placeholder, person.unsubscribe_token), cte="base64")
    message.add_alternative(rendered.html.replace(placeholder, person.unsubscribe_token), subtype="html", cte="base64")
    return message.as_bytes()


def measure(name: str, people: Sequence[Personal], build: Callable[[Personal], bytes]) -> Timing:
    """The quickest of fifty batches, so that a busy neighbour on the machine counts as little as possible."""
    size = sum(len(build(person)) for person in people[:10]) // len(people[:10])
    step = max(1, len(people) // 50)
    batches = [people[start : start + step] for start in range(0, len(people), step)]
    return Timing(name, len(people), min(time_batch(batch, build) for batch in batches), size)


def time_batch(people: Sequence[Personal], build: Callable[[Personal], bytes]) -> float:
    """Seconds for one message."""
    started = time.perf_counter()
    for person in people:
        build(person)
    return (time.perf_counter() - started) / len(people)


def print_report(rendered: RenderedIssue, encoding: str, compiling: float, timings: tuple[Timing, Timing]) -> None:
    ours, peer = timings
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(f"html {len(rendered.html.encode()):,} bytes ({encoding}), text {len(rendered.text.encode()):,} bytes")
    print(f"compiled once in {compiling * 1000:.1f} ms\n")
    print(f"{'':28}{'messages':>10}{'bytes each':>12}{'µs each':>10}{'for 10,000':>12}")
    for timing in timings:
        per_mailing = f"{timing.microseconds / 100:.2f} s"
        print(f"{timing.name:28}{timing.messages:>10,}{timing.size:>12,}{timing.microseconds:>10.1f}{per_mailing:>12}")
    print(f"\nratio: {peer.microseconds / ours.microseconds:.0f} times faster than the peer")


if __name__ == "__main__":
    main()
