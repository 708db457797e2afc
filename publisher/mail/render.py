"""An issue rendered once per variant: subject, text part, and HTML inlined once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.config import Config, Newsletter
from publisher.errors import TemplateError
from publisher.mail import slots
from publisher.mail.compile import unsubscribe_mailto
from publisher.mail.inline import inline
from publisher.mail.personal import Fields, FieldsView, fill_markdown, personal_word, without_person
from publisher.mail.slots import Slot
from publisher.mail.view import (
    TEXT_WIDTH,
    ArticleView,
    NewsletterView,
    SiteView,
    SubscriberView,
    format_date,
    view_article,
    view_intro,
    view_organisation,
)
from publisher.mail.words import Words, words_for
from publisher.markup.characters import clean_line
from publisher.markup.direction import direction_of
from publisher.markup.finder import ArticleFinder
from publisher.markup.plain import summarise
from publisher.markup.width import wrap
from publisher.model import Article, RenderedIssue, Selection
from publisher.templating import Templates

PARTS = ("subject.txt", "body.txt", "body.html")

_NO_ARTICLES = ArticleFinder(())
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PREHEADER_LENGTH = 120  # characters; no mail program shows more


@dataclass(frozen=True)
class RenderContext:
    """What an issue needs besides its articles. `subject_prefix` stands before any subject.

    `finder` knows the articles that those of the issue may link to by their files.
    """

    config: Config
    newsletter_name: str
    newsletter: Newsletter
    template: str
    templates: Templates
    now: datetime
    marker: str
    unsubscribe_address: str
    subject_prefix: str = ""
    finder: ArticleFinder = _NO_ARTICLES


def render_issue(selection: Selection, markdown: Mapping[str, str], context: RenderContext) -> RenderedIssue:
    """`markdown` maps the id of each of `selection.articles` to its body; links need none.

    Raises TemplateError.
    """
    check_template(context.template, context.templates)
    own = selection.one_off.language if selection.one_off else ""
    language = own or choose_language(selection, context.config.site.language)
    fields = Fields(context.marker)
    selection = _fill_own_words(selection, fields)
    variables = build_variables(selection, markdown, context, language, fields)
    variables["subject"] = subject = _make_subject(context, selection, variables)
    text = _tidy(_render(context, "body.txt", variables))
    html = _render(context, "body.html", variables)
    words = [*Slot, *(slots.field_slot(number) for number in range(len(fields.asked)))]
    html = inline(html, keep=[slots.word(context.marker, slot) for slot in words])
    return RenderedIssue(subject, text, html, language, context.marker, fields.asked)


def check_template(name: str, templates: Templates) -> None:
    """Raises TemplateError unless `templates/email/NAME/` has all its parts."""
    missing = [part for part in PARTS if not templates.exists(f"email/{name}/{part}")]
    if not missing:
        return
    known = {path.split("/")[1] for path in templates.names() if path.startswith("email/") and path.endswith(PARTS)}
    complete = [other for other in sorted(known) if all(templates.exists(f"email/{other}/{part}") for part in PARTS)]
    wanted = ", ".join(missing)
    raise TemplateError(
        f"templates/email/{name}: {wanted} not found; write what is missing, or take one of {', '.join(complete)}"
    )


def choose_language(selection: Selection, default: str) -> str:
    """The language that all articles of the issue share, else that of the site."""
    languages = {article.language for article in (*selection.articles, *selection.links)}
    return languages.pop() if len(languages) == 1 else default


def build_variables(
    selection: Selection,
    markdown: Mapping[str, str],
    context: RenderContext,
    language: str,
    fields: Fields | None = None,
) -> dict[str, object]:
    """Everything that `view.VARIABLES` promises but the subject. `fields` notes what templates ask of the reader."""
    config, words = context.config, words_for(language)
    fields = Fields(context.marker) if fields is None else fields
    if config.organisation is None:  # the config refuses a newsletter without one
        raise AssertionError("a newsletter without an organisation came through")

    def view(article: Article) -> ArticleView:
        return view_article(article, markdown.get(article.id, ""), config, words, context.finder)

    cards = [view(article) for article in selection.articles]
    links = [view(article) for article in selection.links]
    intro_html, intro_text = view_intro(selection.intro, config)
    return {
        "article": cards[0] if len(cards) == 1 and not links else None,
        "cards": cards,
        "links": links,
        "intro_html": intro_html,
        "intro_text": intro_text,
        "letter_title": selection.one_off.title if selection.one_off else "",
        "preheader": _preheader_of(selection, fields) or _choose_preheader(cards, context.newsletter, words),
        "date": format_date(context.now, config.site.timezone, words),
        "language": language,
        "direction": direction_of(language),
        "words": words,
        "newsletter": NewsletterView(context.newsletter_name, context.newsletter.title),
        "site": SiteView(config.site.title, config.site.url + "/", config.site.description),
        "organisation": view_organisation(config.organisation),
        "subscriber": SubscriberView(
            email=personal_word(fields, "email"), name=personal_word(fields, "name"), fields=FieldsView(fields)
        ),
        "unsubscribe_url": unsubscribe_mailto(
            context.unsubscribe_address, slots.word(context.marker, Slot.UNSUBSCRIBE)
        ),
        "width": TEXT_WIDTH,
        "wrap": _wrap,
    }


def _render(context: RenderContext, part: str, variables: Mapping[str, object]) -> str:
    name = f"email/{context.template}/{part}"
    rendered = context.templates.render(name, **variables)
    if part != "subject.txt" and not _COMMENT.sub("", rendered).strip():
        raise TemplateError(f"templates/{name}: gives nothing; write what the mail should say")
    return rendered


def _make_subject(context: RenderContext, selection: Selection, variables: Mapping[str, object]) -> str:
    if selection.one_off is not None:  # whoever wrote it wrote its subject, too
        return clean_line(context.subject_prefix + selection.one_off.title)
    subject = clean_line(_render(context, "subject.txt", variables))
    if not subject:
        raise TemplateError(f"templates/email/{context.template}/subject.txt: gives an empty subject; print a title")
    return clean_line(context.subject_prefix + subject)


def _wrap(text: str, indent: str = "", hanging: str | None = None) -> str:
    return "\n".join(wrap(text, TEXT_WIDTH, indent=indent, hanging=indent if hanging is None else hanging))


def _fill_own_words(selection: Selection, fields: Fields) -> Selection:
    """What the operator wrote for this issue may name the reader; what articles say is not looked at."""
    one_off = selection.one_off
    if one_off is not None:
        title = fill_markdown(one_off.title, fields, f"{one_off.file}: title")
        preheader = fill_markdown(one_off.preheader, fields, f"{one_off.file}: preheader")
        one_off = replace(one_off, title=title, preheader=preheader)
    where = one_off.file if one_off is not None else "the introduction"
    return replace(selection, intro=fill_markdown(selection.intro, fields, where), one_off=one_off)


def _preheader_of(selection: Selection, fields: Fields) -> str:
    """Of a letter written by hand; empty for an issue of articles, and for a letter that begins with no text."""
    if selection.one_off is None:
        return ""
    return selection.one_off.preheader or _begin(selection.intro, fields) or selection.one_off.title


def _begin(intro: str, fields: Fields) -> str:
    """Cut somewhere, and so without words that must stay whole."""
    return summarise(without_person(intro, fields.marker, fields.asked))


def _choose_preheader(cards: list[ArticleView], newsletter: Newsletter, words: Words) -> str:
    """What the subject does not say yet: the excerpt of a single article, else the titles after the first."""
    if not cards:
        return words.nothing_new
    if len(cards) == 1:
        return cards[0].excerpt or newsletter.title
    shown, length = [], 0
    for card in cards[1:]:
        if length < _PREHEADER_LENGTH:
            shown.append(card.title)
            length += len(card.title)
    return " / ".join(shown)


def _tidy(text: str) -> str:
    """No blanks at the ends of lines and one line end at the end: what is left of the templates' layout."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"
