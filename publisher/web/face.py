"""What all pages have in common: base template, style sheet, words in the visitor's language.

A page is a template that extends `web/base.html` and is rendered by `Face.render`; docs/web.md lists its variables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from publisher import urls
from publisher.app.context import Context
from publisher.catalogue import Catalogue, find_catalogue, list_languages, name_language, write_date, write_number
from publisher.feeds.page import page_url
from publisher.mail.view import NewsletterView, SiteView, view_theme
from publisher.markup.direction import direction_of
from publisher.web.feedserver import Scope, collect_headers
from publisher.web.negotiation import choose_language, find_language

STYLE = "web/web.css"
STYLE_FOLDER = "_publisher"  # no site has such a folder
LANGUAGE = "lang"  # the parameter of an address that chooses a language
PAGE = "page"  # and one that says which page of a list

_DIGITS = 16  # of the hash in the style sheet's address
_MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, as far as a page depends on it. `path` is below the address of our server.

    `kept` are parameters that links to other pages carry on: there are no cookies to do it.
    """

    path: str
    language: str
    parameters: Mapping[str, str]
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LanguageView:
    """A language that the page can be had in; `url` is empty for the one it is in."""

    tag: str
    name: str
    url: str


class Say:
    """`say("Page {number} of {total}", number=1, total=2)`: a message of the catalogue with its places filled in."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __call__(self, message: str, **places: object) -> str:
        text = self._catalogue.say(message)
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def count(self, one: str, many: str, number: int) -> str:
        return self._catalogue.count(one, many, number)


class Face:
    """Of one server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config = context.config

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those that the product or the operator has words for; the site's own is first."""
        return tuple(sorted(list_languages(self._locale), key=lambda tag: (tag != self.default_language, tag)))

    @cached_property
    def default_language(self) -> str:
        return find_language(self._config.site.language, list_languages(self._locale)) or "en"

    @cached_property
    def base_path(self) -> str:
        """What goes before every path: where the proxy in front shows our server below a folder of its own."""
        return urlsplit(self._config.web_url).path

    @cached_property
    def is_https(self) -> bool:
        return self._config.web_url.startswith("https:")

    def visit(self, scope: Scope, *, keep: tuple[str, ...] = ()) -> Visit:
        """`keep` names parameters that links are to carry on, besides the language when it was chosen."""
        query = scope.get("query_string", b"").decode("latin-1")
        try:
            named = parse_qs(query, max_num_fields=_MOST_PARAMETERS)
        except ValueError:  # more than any page knows
            named = {}
        parameters = {name: values[0] for name, values in named.items()}
        chosen = find_language(parameters.get(LANGUAGE, ""), self.languages)
        language = chosen or self.choose_language(collect_headers(scope["headers"]).get(b"accept-language", b""))
        kept = {name: parameters[name] for name in keep if name in parameters}
        if chosen:
            kept[LANGUAGE] = chosen
        return Visit(scope["path"], language, parameters, kept)

    def choose_language(self, accept: bytes) -> str:
        return choose_language(accept, self.languages, self.default_language)

    def find_words(self, language: str) -> Say:
        return Say(find_catalogue(language, self._locale))

    def link(self, path: str, kept: Mapping[str, str], **more: object) -> str:
        """The address of one of our pages, as a page of ours names it."""
        query = urlencode({**{name: str(value) for name, value in more.items() if value}, **kept})
        return f"{self.base_path}{path}{'?' + query if query else ''}"

    def render(self, template: str, visit: Visit, variables: Mapping[str, object]) -> str:
        """The page as HTML. Raises TemplateError."""
        config, language = self._config, visit.language

        def link(path: str, **more: object) -> str:
            return self.link(path, visit.kept, **more)

        def date(moment: datetime) -> str:
            return write_date(moment.astimezone(config.site.timezone), language)

        common = {
            "language": language,
            "direction": direction_of(language),
            "say": self.find_words(language),
            "date": date,
            "number": lambda value: write_number(value, language),
            "direction_of": direction_of,
            "link": link,
            "archive_path": urls.archive_path,
            "issue_path": urls.issue_path,
            "languages": self._list_languages(visit),
            "site": SiteView(config.site.title, config.site.url + "/", config.site.description),
            "newsletters": [
                NewsletterView(name, one.title) for name, one in config.newsletters.items() if self._is_listed(name)
            ],
            "feeds_page": page_url(config),
            "style_url": self.link(f"/{STYLE_FOLDER}/{self.style_name}.css", {}),
            "theme": view_theme(config, config.site.title),
            "canonical": config.web_url + visit.path,
            "robots": "",
        }
        return self._context.templates.render(template, **(common | dict(variables))).strip() + "\n"

    def render_style(self) -> str:
        """The style sheet of all pages. Raises TemplateError."""
        config = self._config
        theme = view_theme(config, config.site.title)
        return self._context.templates.render(STYLE, language=config.site.language, theme=theme).strip() + "\n"

    @property
    def style_name(self) -> str:
        """Without its ending; another one for each text of the style sheet, so that browsers may keep it for ever."""
        return "web-" + hashlib.sha256(self.render_style().encode("utf-8")).hexdigest()[:_DIGITS]

    @property
    def _locale(self) -> Path:
        return self._config.locale_dir

    def _is_listed(self, name: str) -> bool:
        return self._config.has_archive(name) and self._config.newsletters[name].archive == "public"

    def _list_languages(self, visit: Visit) -> list[LanguageView]:
        """By a query alone, which leaves the path as it is: that of an error is whatever somebody wrote."""
        carried = {name: value for name, value in visit.parameters.items() if name == PAGE} | dict(visit.kept)
        return [
            LanguageView(
                tag,
                name_language(tag),
                "" if tag == visit.language else "?" + urlencode({**carried, LANGUAGE: tag}),
            )
            for tag in self.languages
        ]
