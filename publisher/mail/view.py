"""What a mail template can see: `VARIABLES` is the whole of it. Pure.

Values of their own instead of the config's objects, so that no template can reach a password or a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher import urls
from publisher.addresses import problem_with
from publisher.config import Config, Organisation
from publisher.mail.personal import FieldsView, PersonalWord
from publisher.mail.words import Words
from publisher.markup.direction import direction_of
from publisher.markup.finder import ArticleFinder
from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.place import Place
from publisher.markup.plain import render_text
from publisher.model.article import Article
from publisher.templating import mark_safe

VARIABLES: Mapping[str, str] = {
    "subject": "the subject line, prefix included (not in subject.txt, which makes it)",
    "article": "the one article of the issue (ArticleView), or none when it holds several or nothing",
    "cards": "the articles of the issue, newest first (list of ArticleView)",
    "links": "the articles beyond the newsletter's limit, for a list of titles (list of ArticleView)",
    "letter_title": "the title of a letter written by hand, whose text the intro is; empty in an issue of articles",
    "intro_html": "words of the sender above the articles, as HTML; may be empty",
    "intro_text": "the same as text",
    "preheader": "what a mail program shows beside the subject",
    "date": "the date of the issue as people write it, in the site's time zone",
    "language": "the language of the issue, such as ja",
    "direction": "ltr or rtl",
    "theme": "how it looks (ThemeView: width, inner_width, light, dark, fonts, logo)",
    "words": "what the product itself says, in the issue's language (see publisher/mail/words.py)",
    "newsletter": "the newsletter (NewsletterView: name, title)",
    "site": "the site (SiteView: title, url, description)",
    "organisation": "who sends, for the legal footer (OrganisationView: name, address, contact, contact_url)",
    "subscriber": "who reads (SubscriberView: email, name, fields.NAME; filled in for each, with | default)",
    "unsubscribe_url": "ends the subscription: a page of our server, or a mailto: address for whoever writes to it",
    "preferences_url": "the page where readers choose what they get; empty without web: url:",
    "view_url": "this issue in a browser; empty without web: url:",
    "width": "the widest line of the text part, in columns of a terminal",
    "wrap": "wrap(text, indent='', hanging=indent): lines of at most `width` columns; hanging goes before further ones",
}

NOTICE_VARIABLES: Mapping[str, str] = {
    "notice": "what the notice says (NoticeView: subject, heading, text, label, remark, why)",
    "action_url": "where the button leads; empty where there is none",
    **{name: VARIABLES[name] for name in ("subject", "preheader", "language", "direction", "theme", "words")},
    **{name: VARIABLES[name] for name in ("newsletter", "site", "organisation", "subscriber", "width", "wrap")},
    "unsubscribe_url": "as in an issue; empty for who is not on the list",
    "preferences_url": "as in an issue; empty for who is not on the list",
}
NOTICES = ("confirm", "welcome", "goodbye", "address-change", "address-changed")  # their templates

TEXT_WIDTH = 72


@dataclass(frozen=True, slots=True)
class ImageView:
    """`alt` is empty when nobody described the picture: then it only decorates the title beside it."""

    url: str
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article; `html` and `text` are its full body, made when a template asks for them ("" for links).

    `source` is the host of its page, empty where that is the site's own.
    """

    title: str
    url: str
    language: str
    direction: str
    source: str
    date: str
    category: str
    tags: tuple[str, ...]
    excerpt: str
    image: ImageView | None
    authors: tuple[str, ...]
    email_subject: str
    _markdown: str = field(repr=False)
    _place: Place = field(repr=False)
    _width: int = field(repr=False)
    _mark: Callable[[str], str] = field(default=str, repr=False, compare=False)

    @property
    def html(self) -> str:
        return mark_safe(self._mark(to_mail_html(render_html(self._markdown, self._place), width=self._width)))

    @property
    def text(self) -> str:
        return render_text(self._markdown, self._place, width=TEXT_WIDTH)


@dataclass(frozen=True, slots=True)
class NewsletterView:
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """In the order in which it is read; `label` is that of the button, `why` says why somebody gets it."""

    subject: str
    heading: str
    text: str
    label: str
    remark: str
    why: str


@dataclass(frozen=True, slots=True)
class SiteView:
    title: str
    url: str
    description: str


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """`contact_url` is the contact as a link, or empty when it is neither an address of a page nor of a mailbox."""

    name: str
    address: str
    contact: str
    contact_url: str


@dataclass(frozen=True, slots=True)
class LogoView:
    """`width` and `height` are pixels."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class ThemeView:
    """`light` and `dark` are colours by the keys of `theme:`, `fonts` names by use, empty where none were given."""

    width: int
    inner_width: int
    light: Mapping[str, str]
    dark: Mapping[str, str]
    fonts: Mapping[str, str]
    logo: LogoView | None


@dataclass(frozen=True, slots=True)
class SubscriberView:
    email: PersonalWord
    name: PersonalWord
    fields: FieldsView


def view_article(article: Article, markdown: str, config: Config, words: Words, finder: ArticleFinder) -> ArticleView:
    image = article.image
    folder = config.folder_of(article)
    return ArticleView(
        title=article.title,
        url=article.url,
        language=article.language,
        direction=direction_of(article.language),
        source="" if urls.host_of(article.url) == config.site.host else urls.host_of(article.url),
        date=format_date(article.published, config.site.timezone, words),
        category=article.categories[0] if article.categories else "",
        tags=article.tags,
        excerpt=article.summary,
        image=ImageView(image.url, image.alt, image.credit) if image else None,
        authors=tuple(author.name for author in article.authors),
        email_subject=article.email_subject or "",
        _markdown=markdown,
        _place=Place(
            article.url,
            config.site.url,
            breaks=folder.breaks,
            format=article.format,
            aliases=folder.alias_pairs,
            find_article=finder.beside(article),
            base_url=article.base_url,
        ),
        _width=config.theme.inner_width,
    )


def mark_view(view: ArticleView, mark: Callable[[str], str]) -> ArticleView:
    """The same article, its body in HTML with what `mark` puts into it."""
    return replace(view, _mark=mark)


def view_organisation(organisation: Organisation) -> OrganisationView:
    return OrganisationView(
        name=organisation.name,
        address=organisation.address,
        contact=organisation.contact,
        contact_url=_link_to(organisation.contact),
    )


def view_theme(config: Config, title: str) -> ThemeView:
    """`title` describes a logo that nobody described."""
    theme, logo = config.theme, config.theme.logo
    shown = None
    if logo is not None:
        address = urls.below_site(logo.url, config.site.url)
        shown = LogoView(address, logo.width, logo.height, logo.alt or title)
    return ThemeView(
        width=theme.width,
        inner_width=theme.inner_width,
        light=theme.light.model_dump(),
        dark=theme.dark.model_dump(),
        fonts=theme.fonts.model_dump(),
        logo=shown,
    )


def view_intro(markdown: str, config: Config) -> tuple[str, str]:
    """Words of the sender as HTML and as text."""
    if not markdown.strip():
        return "", ""
    place = Place(config.site.url + "/", config.site.url, breaks=any(folder.breaks for folder in config.folders))
    html = to_mail_html(render_html(markdown, place), width=config.theme.inner_width)
    return mark_safe(html), render_text(markdown, place, width=TEXT_WIDTH)


def format_date(moment: datetime, zone: ZoneInfo, words: Words) -> str:
    """Every date we write is in the site's time zone."""
    return words.date(moment.astimezone(zone))


def _link_to(contact: str) -> str:
    if urlsplit(contact).scheme in {"http", "https"} and " " not in contact:
        return contact
    return "" if problem_with(contact) else f"mailto:{contact}"
