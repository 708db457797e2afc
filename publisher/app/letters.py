"""From a newsletter and its articles to messages: rendering, and what every message of the newsletter carries."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from publisher import tokens, urls
from publisher.addresses import Mailbox, bounce_address
from publisher.app.bodies import load_bodies, make_finder
from publisher.app.context import Context
from publisher.app.picturecopies import Copier
from publisher.app.pictures import PictureReader
from publisher.config import Config, Newsletter
from publisher.delivery.retry import RetryPolicy
from publisher.delivery.sender import Letter
from publisher.errors import IssueBroken, TemplateError
from publisher.mail.compile import CompiledIssue, Letterhead, Personal, compile_issue
from publisher.mail.dkim import Key, choose_keys
from publisher.mail.embedded import choose_embedded
from publisher.mail.pictures import find_addresses
from publisher.mail.render import RenderContext, render_issue
from publisher.mail.slots import new_marker
from publisher.model.delivery import Delivery
from publisher.model.issue import Selection
from publisher.model.message import Message
from publisher.model.rendered import RenderedIssue
from publisher.model.subscriber import Subscriber
from publisher.storage import articles, issues


def render(
    context: Context,
    name: str,
    selection: Selection,
    *,
    template: str | None = None,
    prefix: str = "",
    language: str = "",
) -> RenderedIssue:
    """The issue once, for everybody, or for all who read it in `language`.

    Raises TemplateError.
    """
    newsletter = context.newsletter(name)
    markdown = load_bodies(context, selection.articles)
    # Only a body that names another article's file needs to know them all.
    has_references = any(article.references for article in selection.articles)
    with context.database.read() as connection:
        known = articles.load_articles(connection) if has_references else []
    rendered = render_issue(
        selection,
        markdown,
        RenderContext(
            config=context.config,
            newsletter_name=name,
            newsletter=newsletter,
            template=template or (selection.one_off.template if selection.one_off else "") or newsletter.template_name,
            templates=context.templates,
            now=context.clock(),
            marker=new_marker(),
            unsubscribe_address=unsubscribe_address(context.config, newsletter),
            subject_prefix=prefix,
            finder=make_finder(known, context.clock()),
            measure=PictureReader(context, selection.articles),
            language=language,
        ),
    )
    return _embed_pictures(context.config, rendered)


def _embed_pictures(config: Config, rendered: RenderedIssue) -> RenderedIssue:
    images = config.mail.images
    if not images.embed:
        return rendered
    copier = Copier(config)
    found = [copy for url in find_addresses(rendered.html) if (copy := copier.read(url)) is not None]
    return replace(rendered, embedded=choose_embedded(found, images.embed_budget))


def unsubscribe_address(config: Config, newsletter: Newsletter) -> str:
    return config.delivery.unsubscribe or config.sender_of(newsletter).email


def envelope_sender(context: Context, newsletter: Newsletter) -> str:
    """Where bounces go."""
    return context.config.delivery.bounces or context.config.sender_of(newsletter).email


def has_verp(context: Context) -> bool:
    """Whether each message has a return path of its own."""
    return context.config.delivery.bounces is not None and context.config.delivery.verp


def check_letter(config: Config, name: str, rendered: RenderedIssue) -> None:
    """Raises TemplateError for an issue that could be stored but never sent."""
    try:
        compile_issue(rendered, make_letterhead(config, name, "check"))
    except ValueError as error:
        raise TemplateError(f"newsletter {name}: cannot be written as a mail: {error}") from error


def make_letterhead(config: Config, name: str, campaign: str) -> Letterhead:
    """`campaign` tells one issue from another in the reports of mailbox providers."""
    newsletter = config.newsletters[name]
    sender = config.sender_of(newsletter)
    # Gmail's SenderId: 5 to 15 characters that never change for this sender.
    sender_id = hashlib.sha256(sender.domain.encode("ascii")).hexdigest()[:12]
    return Letterhead(
        sender=sender,
        reply_to=newsletter.reply_to,
        list_name=newsletter.title,
        list_id=f"{name.lower().replace('_', '-')}.{sender.domain}",
        unsubscribe_address=unsubscribe_address(config, newsletter),
        feedback_id=f"{campaign}:{name}:newsletter:{sender_id}",
        unsubscribe_page=urls.unsubscribe_url(config.web.url, "") if config.web and config.web.url else "",
    )


def make_single(
    context: Context, name: str, rendered: RenderedIssue, to: Mailbox | Subscriber, *, key: str, test: bool
) -> Message:
    """One message outside the ledger: a test, or the copy in `--out`. Its unsubscribe token belongs to nobody, even
    where the values are somebody's.
    """
    newsletter = context.newsletter(name)
    compiled = compile_issue(rendered, make_letterhead(context.config, name, "test" if test else "preview"), test=test)
    domain = context.config.sender_of(newsletter).domain
    digest = hashlib.sha256(f"{key}\0{to.email}".encode()).hexdigest()[:32]
    personal = Personal(
        email=to.email,
        name=to.name,
        unsubscribe_token=tokens.sign(context.key, tokens.UNSUBSCRIBE, 0, name),
        preferences_token=tokens.sign(context.key, tokens.PREFERENCES, 0, name),
        issue="0",
        archive_token=tokens.sign(context.key, tokens.ARCHIVE, 0, name) if _needs_archive_token(newsletter) else "",
        message_id=f"{digest}@{domain}",
        date=context.clock().astimezone(context.config.site.timezone),
        fields=to.fields if isinstance(to, Subscriber) else {},
    )
    keys = choose_keys(context.signing_keys, domain) if test else ()  # a copy in a folder proves nothing to anybody
    return Message(key, envelope_sender(context, newsletter), to.email, compiled.splice(personal, keys))


class _Shared(NamedTuple):
    """What all letters of a newsletter have in common."""

    domain: str
    sender: str
    signing_keys: tuple[Key, ...]
    secret: bytes
    zone: ZoneInfo
    policy: RetryPolicy
    has_verp: bool
    unsubscribing: tokens.Signer
    preferring: tokens.Signer
    reading_archive: tokens.Signer | None

    def return_path(self, delivery: Delivery) -> str:
        """Where bounces go; with VERP its own of each message."""
        if not self.has_verp:
            return self.sender
        return bounce_address(self.sender, self.secret, (delivery.issue_id, delivery.subscriber_id))


def _needs_archive_token(newsletter: Newsletter) -> bool:
    """Only where the link in the mail needs it: a signature takes its time with each message."""
    return newsletter.archive == "subscribers"


class Compiler:
    """Delivery -> Letter. Compiles each variant once and keeps those that were used last.

    Where mail is signed, letters are begun ahead of their turn, on all cores: computing a signature takes a hundred
    times as long as the rest of a letter, and lets go of the interpreter lock. `close` ends the threads.
    """

    _MOST_KEPT = 64 * 1024 * 1024  # bytes of compiled variants
    _MOST_THREADS = 8

    def __init__(self, context: Context) -> None:
        self._context = context
        self._compiled: dict[tuple[int, str], CompiledIssue] = {}
        self._room = self._MOST_KEPT
        self._last: tuple[tuple[int, str], CompiledIssue] | None = None
        self._begun: dict[str, Future[Letter]] = {}
        self._shared: dict[str, _Shared] = {}
        self._lock = threading.Lock()
        size = min(os.cpu_count() or 1, self._MOST_THREADS)
        self._threads = ThreadPoolExecutor(size, "signing") if context.signing_keys else None

    def __call__(self, delivery: Delivery, now: datetime) -> Letter:
        begun = self._begun.pop(delivery.key, None)
        return begun.result() if begun is not None else self._plan(delivery, now)()

    def prepare(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """See `delivery.sender.Compile`."""
        for delivery in deliveries:
            if self._threads is None:
                self._variant(delivery)
            else:
                self._begun[delivery.key] = self._threads.submit(self._plan(delivery, now))

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def _plan(self, delivery: Delivery, now: datetime) -> Callable[[], Letter]:
        """All that needs the database now; what any thread may do later."""
        shared = self._shared.get(delivery.newsletter) or self._share(delivery.newsletter)
        secret, number = shared.secret, delivery.subscriber_id
        # Set at the first start and kept: a second attempt is recognisable as the same message.
        message_id = delivery.message_id or tokens.message_id(secret, delivery.issue_id, number, shared.domain)
        personal = Personal(
            email=delivery.email,
            name=delivery.name,
            unsubscribe_token=shared.unsubscribing.sign(number),
            preferences_token=shared.preferring.sign(number),
            issue=str(delivery.issue_id),
            archive_token=shared.reading_archive.sign(number) if shared.reading_archive else "",
            message_id=message_id,
            date=(delivery.date or now).astimezone(shared.zone),
            fields=delivery.fields,
        )
        compiled = self._variant(delivery)
        sender = shared.return_path(delivery)

        def write() -> Letter:
            content = compiled.splice(personal, shared.signing_keys)
            message = Message(delivery.key, sender, delivery.email, content, is_plain=True)
            return Letter(message, message_id, personal.date, shared.policy)

        return write

    def _share(self, name: str) -> _Shared:
        context = self._context
        newsletter = context.newsletter(name)
        domain = context.config.sender_of(newsletter).domain
        shared = self._shared[name] = _Shared(
            domain=domain,
            sender=envelope_sender(context, newsletter),
            signing_keys=choose_keys(context.signing_keys, domain),
            secret=context.key,
            zone=context.config.site.timezone,
            policy=RetryPolicy(expires=newsletter.expires),
            has_verp=has_verp(context),
            unsubscribing=tokens.Signer(context.key, tokens.UNSUBSCRIBE, name),
            preferring=tokens.Signer(context.key, tokens.PREFERENCES, name),
            reading_archive=(
                tokens.Signer(context.key, tokens.ARCHIVE, name) if _needs_archive_token(newsletter) else None
            ),
        )
        return shared

    def _variant(self, delivery: Delivery) -> CompiledIssue:
        key = (delivery.issue_id, delivery.variant)
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        with self._lock:
            found = self._compiled.pop(key, None)
            if found is None:
                found = self._compile(delivery)
                self._room -= found.size
                while self._room < 0 and self._compiled:
                    self._room += self._compiled.pop(next(iter(self._compiled))).size
            self._compiled[key] = found  # the last one is the one used last
            self._last = (key, found)
        return found

    def _compile(self, delivery: Delivery) -> CompiledIssue:
        with self._context.database.read() as connection:
            rendered = issues.load_variant(connection, delivery.issue_id, delivery.variant)
        letterhead = make_letterhead(self._context.config, delivery.newsletter, f"issue-{delivery.issue_id}")
        try:
            return compile_issue(rendered, letterhead)
        except (ValueError, TemplateError) as error:
            raise IssueBroken(f"issue {delivery.issue_id} cannot be written as a mail: {error}") from error
