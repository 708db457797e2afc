"""An issue rendered once per variant: what its template is told, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher.config import Config, Newsletter
from publisher.mail import slots
from publisher.mail.compile import unsubscribe_mailto
from publisher.mail.parts import render_parts, wrap_text
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
    view_theme,
)
from publisher.mail.words import Words, words_for
from publisher.markup.direction import direction_of
from publisher.markup.finder import ArticleFinder
from publisher.model import Article, RenderedIssue, Selection
from publisher.templating import Templates

_NO_ARTICLES = ArticleFinder(())
_PREHEADER_LENGTH = 120  # characters; no mail program shows more


@dataclass(frozen=True)
class RenderContext:
    """What an issue needs besides its articles. `intro` is Markdown; `subject_prefix` stands before any subject.

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
    intro: str = ""
    finder: ArticleFinder = _NO_ARTICLES


def render_issue(selection: Selection, markdown: Mapping[str, str], context: RenderContext) -> RenderedIssue:
    """`markdown` maps the id of each of `selection.articles` to its body; links need none.

    Raises TemplateError.
    """
    language = choose_language(selection, context.config.site.language)
    return render_parts(
        context.templates,
        context.template,
        build_variables(selection, markdown, context, language),
        language=language,
        marker=context.marker,
        subject_prefix=context.subject_prefix,
    )


def choose_language(selection: Selection, default: str) -> str:
    """The language that all articles of the issue share, else that of the site."""
    languages = {article.language for article in (*selection.articles, *selection.links)}
    return languages.pop() if len(languages) == 1 else default


def build_variables(
    selection: Selection, markdown: Mapping[str, str], context: RenderContext, language: str
) -> dict[str, object]:
    """Everything that `view.VARIABLES` promises but the subject."""
    config, words = context.config, words_for(language, context.config.locale_dir)
    if config.organisation is None:  # the config refuses a newsletter without one
        raise AssertionError("a newsletter without an organisation came through")

    def view(article: Article) -> ArticleView:
        return view_article(article, markdown.get(article.id, ""), config, words, context.finder)

    cards = [view(article) for article in selection.articles]
    links = [view(article) for article in selection.links]
    intro_html, intro_text = view_intro(context.intro, config)
    return {
        "article": cards[0] if len(cards) == 1 and not links else None,
        "cards": cards,
        "links": links,
        "intro_html": intro_html,
        "intro_text": intro_text,
        "preheader": _choose_preheader(cards, context.newsletter, words),
        "date": format_date(context.now, config.site.timezone, words),
        "language": language,
        "direction": direction_of(language),
        "words": words,
        "theme": view_theme(config, context.newsletter.title),
        "newsletter": NewsletterView(context.newsletter_name, context.newsletter.title),
        "site": SiteView(config.site.title, config.site.url + "/", config.site.description),
        "organisation": view_organisation(config.organisation),
        "subscriber": SubscriberView(
            email=slots.word(context.marker, Slot.EMAIL), name=slots.word(context.marker, Slot.NAME)
        ),
        "unsubscribe_url": unsubscribe_mailto(
            context.unsubscribe_address, slots.word(context.marker, Slot.UNSUBSCRIBE)
        ),
        "width": TEXT_WIDTH,
        "wrap": wrap_text,
    }


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
