"""A notice: a mail to one person that is no issue. It asks for a yes, or tells what has changed."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.config import Config, Newsletter
from publisher.mail import slots
from publisher.mail.compile import unsubscribe_mailto
from publisher.mail.links import make_links
from publisher.mail.parts import Frame, render_parts, wrap_text
from publisher.mail.personal import Fields, FieldsView, personal_word
from publisher.mail.slots import Slot
from publisher.mail.view import (
    TEXT_WIDTH,
    NewsletterView,
    NoticeView,
    SiteView,
    SubscriberView,
    view_organisation,
    view_theme,
)
from publisher.mail.words import Words, words_for
from publisher.model.notice import NoticeKind
from publisher.model.rendered import RenderedIssue
from publisher.templating import Templates


@dataclass(frozen=True)
class NoticeContext:
    """`action_url` is where the button leads; it may hold a slot's word, and without it there is no button.

    A welcome leads to the site by itself, and a confirmation is nothing without its link.
    """

    config: Config
    newsletter_name: str
    newsletter: Newsletter
    templates: Templates
    language: str
    marker: str
    unsubscribe_address: str
    action_url: str = ""


def render_notice(kind: NoticeKind, context: NoticeContext) -> RenderedIssue:
    """The notice as every receiver gets it in this language, personal values as slots.

    Raises TemplateError; ValueError for a confirmation without `action_url`.
    """
    if kind in {NoticeKind.CONFIRM, NoticeKind.ADDRESS_CHANGE} and not context.action_url:
        raise ValueError("a confirmation needs the link that confirms")
    fields = Fields(context.marker)
    variables = build_notice_variables(kind, context, fields)
    return render_parts(Frame(context.templates, kind.value, str(variables["language"]), fields), variables)


def build_notice_variables(kind: NoticeKind, context: NoticeContext, fields: Fields | None = None) -> dict[str, object]:
    """Everything that `view.NOTICE_VARIABLES` promises but the subject. `fields` notes what is asked of the reader."""
    fields = Fields(context.marker) if fields is None else fields
    config = context.config
    words = words_for(context.language, config.locale_dir)
    if config.organisation is None:  # the config refuses a newsletter without one
        raise AssertionError("a newsletter without an organisation came through")
    notice = view_notice(kind, words, context.newsletter.title)
    site_url = config.site.url + "/"
    mailto = unsubscribe_mailto(context.unsubscribe_address, slots.word(context.marker, Slot.UNSUBSCRIBE))
    links = make_links(config, context.newsletter_name, context.marker)
    is_on_list = kind is NoticeKind.WELCOME
    return {
        "notice": notice,
        "action_url": context.action_url or (site_url if kind is NoticeKind.WELCOME else ""),
        "preheader": notice.text,
        "language": words.language,  # all of its words are ours: without a catalogue it is an English mail
        "direction": words.direction,
        "words": words,
        "theme": view_theme(config, context.newsletter.title),
        "newsletter": NewsletterView(context.newsletter_name, context.newsletter.title),
        "site": SiteView(config.site.title, site_url, config.site.description),
        "organisation": view_organisation(config.organisation),
        "subscriber": SubscriberView(
            email=personal_word(fields, "email"), name=personal_word(fields, "name"), fields=FieldsView(fields)
        ),
        # Who is not on the list cannot leave it: a link that does nothing is worse than none.
        "unsubscribe_url": (links.unsubscribe or mailto) if is_on_list else "",
        "preferences_url": links.preferences if is_on_list else "",
        "width": TEXT_WIDTH,
        "wrap": wrap_text,
    }


def view_notice(kind: NoticeKind, words: Words, title: str) -> NoticeView:
    say = words.say
    match kind:
        case NoticeKind.CONFIRM:
            return NoticeView(
                subject=say("Please confirm: “{title}”", title),
                heading=say("One more step", title),
                text=say(
                    "This address was entered to receive “{title}”. Press the button and the next issue comes to you.",
                    title,
                ),
                label=say("Yes, subscribe me", title),
                remark=say("If this was not you, do nothing: without the button you get nothing more from us.", title),
                why=say("You get this e-mail because somebody entered this address for “{title}”.", title),
            )
        case NoticeKind.WELCOME:
            return NoticeView(
                subject=say("Welcome to “{title}”", title),
                heading=say("Welcome to “{title}”", title),
                text=say("You are on the list. The next issue comes to this address.", title),
                label=say("Visit the site", title),
                remark=say("If a mail of ours lands among spam, add our address to your contacts.", title),
                why=words.why(title),
            )
        case NoticeKind.GOODBYE:
            return NoticeView(
                subject=say("You have left “{title}”", title),
                heading=say("You have left “{title}”", title),
                text=say(
                    "We have taken this address off the list. You get no more issues; this is the last mail about it.",
                    title,
                ),
                label=say("Subscribe again", title),
                remark=say("If this was a mistake, you can come back at any time.", title),
                why=say("You get this e-mail because you were on the list of “{title}”.", title),
            )
        case NoticeKind.ADDRESS_CHANGE:
            return NoticeView(
                subject=say("Please confirm your new address: “{title}”", title),
                heading=say("One more step", title),
                text=say(
                    "A reader of “{title}” wants their mail at this address. Press the button and it comes here.", title
                ),
                label=say("Yes, use this address", title),
                remark=say("If this was not you, do nothing: without the button you get nothing more from us.", title),
                why=say("You get this e-mail because somebody entered this address for “{title}”.", title),
            )
        case NoticeKind.ADDRESS_CHANGED:
            return NoticeView(
                subject=say("Your address has changed: “{title}”", title),
                heading=say("Your address has changed", title),
                text=say(
                    "From now on your mail goes to another address, as was asked with a link of yours. This one gets "
                    "no more.",
                    title,
                ),
                label=say("Visit the site", title),
                remark=say("If this was not you, write to us: whom to ask stands below.", title),
                why=say("You get this e-mail because “{title}” has come to this address so far.", title),
            )
