"""From a notice to its message: rendered and compiled once for all that say the same, spliced for each."""

from __future__ import annotations

from publisher import tokens, urls
from publisher.addresses import notice_bounce_address
from publisher.app.context import Context
from publisher.app.letters import envelope_sender, has_verp, make_letterhead, unsubscribe_address
from publisher.config import Newsletter
from publisher.delivery.sender import Letter
from publisher.mail import slots
from publisher.mail.compile import CompiledIssue, Personal, compile_issue
from publisher.mail.dkim import choose_keys
from publisher.mail.notice import NoticeContext, render_notice
from publisher.mail.slots import Slot, new_marker
from publisher.model.consent import Request
from publisher.model.message import Message
from publisher.model.notice import Notice, NoticeKind

_BETWEEN_TITLES = " / "
_PURPOSES = {NoticeKind.CONFIRM: tokens.CONFIRM, NoticeKind.ADDRESS_CHANGE: tokens.ADDRESS_CHANGE}


class NoticeWriter:
    """Keeps what it has compiled; one for each round of sending."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._compiled: dict[tuple[NoticeKind, tuple[str, ...], str], CompiledIssue] = {}

    def write(self, notice: Notice, request: Request | None) -> Letter:
        """`request` is what the link of the notice confirms.

        Raises TemplateError, or ValueError when it cannot be written as a mail.
        """
        context, name = self._context, notice.newsletters[0]
        newsletter = context.newsletter(name)
        domain = context.config.sender_of(newsletter).domain
        personal = Personal(
            email=notice.email,
            name=notice.name,
            unsubscribe_token=tokens.sign(context.key, tokens.UNSUBSCRIBE, notice.subscriber_id, name),
            preferences_token=tokens.sign(context.key, tokens.PREFERENCES, notice.subscriber_id, name),
            action_token=self._sign_action(notice, request),
            message_id=notice.message_id or tokens.notice_id(context.key, notice.id, domain),
            date=(notice.date or context.clock()).astimezone(context.config.site.timezone),
        )
        content = self._compile(notice).splice(personal, choose_keys(context.signing_keys, domain))
        message = Message(notice.message_key, self._return_path(newsletter, notice), notice.email, content)
        return Letter(message, personal.message_id, personal.date)

    def _return_path(self, newsletter: Newsletter, notice: Notice) -> str:
        context = self._context
        sender = envelope_sender(context, newsletter)
        return notice_bounce_address(sender, context.key, notice.id) if has_verp(context) else sender

    def _sign_action(self, notice: Notice, request: Request | None) -> str:
        purpose = _PURPOSES.get(notice.kind)
        if purpose is None or request is None:
            return ""
        return tokens.sign_until(self._context.key, purpose, request.id, request.expires_at)

    def _compile(self, notice: Notice) -> CompiledIssue:
        config = self._context.config
        language = notice.language or config.site.language
        key = (notice.kind, notice.newsletters, language)
        if key not in self._compiled:
            name, marker = notice.newsletters[0], new_marker()
            newsletter = config.newsletters[name]
            titles = _BETWEEN_TITLES.join(config.newsletters[each].title for each in notice.newsletters)
            context = NoticeContext(
                config=config,
                newsletter_name=name,
                newsletter=newsletter.model_copy(update={"title": titles}),
                templates=self._context.templates,
                language=language,
                marker=marker,
                unsubscribe_address=unsubscribe_address(config, newsletter),
                action_url=self._action_url(notice.kind, slots.word(marker, Slot.ACTION)),
            )
            letterhead = make_letterhead(config, name, f"notice-{notice.kind}")
            self._compiled[key] = compile_issue(render_notice(notice.kind, context), letterhead)
        return self._compiled[key]

    def _action_url(self, kind: NoticeKind, word: str) -> str:
        config = self._context.config
        if kind in _PURPOSES:
            return urls.confirm_url(config.web_url, word)
        if kind is NoticeKind.GOODBYE and config.web is not None:
            return urls.subscribe_url(config.web_url)
        return ""
