"""An issue rendered once per variant: what its template is told, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from publisher.config import Config, Newsletter
from publisher.mail import slots
from publisher.mail.compile import unsubscribe_mailto
from publisher.mail.links import make_links
from publisher.mail.parts import Frame, render_html_part, render_parts, wrap_text
from publisher.mail.personal import Fields, FieldsView, fill_markdown, personal_word, without_person
from publisher.mail.pictures import find_addresses, fit_pictures
from publisher.mail.shorten import SHORTENED_TO, mark_body, shorten
from publisher.mail.slots import Slot
from publisher.mail.view import (
    TEXT_WIDTH,
    ArticleView,
    NewsletterView,
    SiteView,
    SubscriberView,
    format_date,
    mark_view,
    view_article,
    view_intro,
    view_organisation,
    view_theme,
)
from publisher.mail.words import Words, words_for
from publisher.markup.direction import direction_of
from publisher.markup.finder import ArticleFinder
from publisher.markup.plain import summarise
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.model.picture import Picture
from publisher.model.rendered import RenderedIssue
from publisher.templating import Templates

ENDING = "email/partials/ending.html"

_NO_ARTICLES = ArticleFinder(())
_PREHEADER_LENGTH = 120  # characters; no mail program shows more


def _know_nothing(_: Sequence[str]) -> Mapping[str, Picture]:
    return {}


@dataclass(frozen=True)
class RenderContext:
    """What an issue needs besides its articles. `subject_prefix` stands before any subject.

    `finder` knows the articles that those of the issue may link to by their files. `measure` tells what it knows of
    pictures, by address. `language` is that of its readers, when not the site's.
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
    measure: Callable[[Sequence[str]], Mapping[str, Picture]] = _know_nothing
    language: str = ""


def render_issue(selection: Selection, markdown: Mapping[str, str], context: RenderContext) -> RenderedIssue:
    """`markdown` maps the id of each of `selection.articles` to its body; links need none.

    Raises TemplateError.
    """
    own = selection.one_off.language if selection.one_off else ""
    language = own or choose_language(selection, context.language or context.config.site.language)
    fields = Fields(context.marker)
    selection = _fill_own_words(selection, fields)
    variables = build_variables(selection, markdown, context, language, fields)
    frame = Frame(
        context.templates,
        context.template,
        language,
        fields,
        subject_prefix=context.subject_prefix,
        own_subject=selection.one_off.title if selection.one_off else "",
    )
    rendered = render_parts(frame, variables)
    if not rendered.html:
        return rendered
    html = _size_pictures(rendered.html, context)
    if len(html.encode("utf-8")) <= SHORTENED_TO:
        return replace(rendered, html=html)
    html, shortened = _shorten(html, frame, context, {**variables, "subject": rendered.subject})
    return replace(rendered, html=html, shortened=shortened)


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
    config, words = context.config, words_for(language, context.config.locale_dir)
    fields = Fields(context.marker) if fields is None else fields
    if config.organisation is None:  # the config refuses a newsletter without one
        raise AssertionError("a newsletter without an organisation came through")

    def view(article: Article) -> ArticleView:
        return view_article(article, markdown.get(article.id, ""), config, words, context.finder)

    cards = [view(article) for article in selection.articles]
    titles = [view(article) for article in selection.links]
    links = make_links(config, context.newsletter_name, context.marker)
    intro_html, intro_text = view_intro(selection.intro, config)
    return {
        "article": cards[0] if len(cards) == 1 and not titles else None,
        "cards": cards,
        "links": titles,
        "intro_html": intro_html,
        "intro_text": intro_text,
        "letter_title": selection.one_off.title if selection.one_off else "",
        "preheader": _preheader_of(selection, fields) or _choose_preheader(cards, context.newsletter, words),
        "date": format_date(context.now, config.site.timezone, words),
        "language": language,
        "direction": direction_of(language),
        "words": words,
        "theme": view_theme(config, context.newsletter.title),
        "newsletter": NewsletterView(context.newsletter_name, context.newsletter.title),
        "site": SiteView(config.site.title, config.site.url + "/", config.site.description),
        "organisation": view_organisation(config.organisation),
        "subscriber": SubscriberView(
            email=personal_word(fields, "email"), name=personal_word(fields, "name"), fields=FieldsView(fields)
        ),
        "unsubscribe_url": links.unsubscribe
        or unsubscribe_mailto(context.unsubscribe_address, slots.word(context.marker, Slot.UNSUBSCRIBE)),
        "preferences_url": links.preferences,
        "view_url": links.view,
        "width": TEXT_WIDTH,
        "wrap": wrap_text,
    }


def _size_pictures(html: str, context: RenderContext) -> str:
    return fit_pictures(html, context.measure(find_addresses(html)), context.config.theme.inner_width)


def _shorten(
    html: str, frame: Frame, context: RenderContext, variables: Mapping[str, object]
) -> tuple[str, tuple[str, ...]]:
    """The document with articles that end early, and their titles; `html` itself where the template shows none."""
    cards = cast("list[ArticleView]", variables["cards"])
    endings = [context.templates.render(ENDING, **{**variables, "article": card}).strip() for card in cards]
    marked = [
        mark_view(card, partial(mark_body, article=number, ending=ending, marker=context.marker))
        for number, (card, ending) in enumerate(zip(cards, endings, strict=True))
    ]
    article = marked[0] if variables["article"] else None
    whole = render_html_part(frame, {**variables, "cards": marked, "article": article})
    shortened = shorten(_size_pictures(whole, context), context.marker)
    if shortened is None or not shortened.articles:
        return html, ()
    return shortened.html, tuple(card.title for number, card in enumerate(cards) if number in shortened.articles)


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
