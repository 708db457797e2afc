"""What lies beside the feeds: the list of them all, the page for people who want to subscribe, the stylesheet."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from publisher import __version__
from publisher.app.context import Context
from publisher.config import Config
from publisher.feeds.opml import OPML, list_feeds, write_opml
from publisher.feeds.page import SubscribePage, build_page, page_url
from publisher.feeds.select import STYLESHEET
from publisher.feeds.words import words_for
from publisher.files import packaged_templates
from publisher.model.feed import FeedSpec
from publisher.storage.outputs import Output

PAGE_TEMPLATE = "web/subscribe.html"
PAGE_STYLE = "web/subscribe.css"
FEED_STYLE = "web/feed.css"
_TEMPLATES = ("web/*", "email/palette.css")  # the colours are those of the newsletter
# What shows that a page or stylesheet is ours to replace, when the database does not know it any more.
_MARKS = (b'<meta name="generator" content="publisher">', b"/* Written by publisher")
_HEAD = 4096  # bytes; a mark stands near the beginning


@dataclass(frozen=True, slots=True)
class Companion:
    """`path` is below the output folder; `sign` changes when what `make` gives may. `make` raises TemplateError."""

    path: str
    sign: str
    make: Callable[[], bytes]
    may_be_foreign: bool = True


def plan_companions(context: Context, specs: Sequence[FeedSpec]) -> Iterator[Companion]:
    """Nothing is rendered, and neither Jinja2 nor lxml loaded, before `make` is called."""
    config = context.config
    listing = list_feeds(specs, config.site)
    sign = _hash(__version__.encode("ascii"), repr(listing).encode("utf-8"))
    yield Companion(OPML, sign, lambda: write_opml(listing), may_be_foreign=False)
    if not (config.feeds.page or config.feeds.stylesheet):
        return
    templates = _hash(_hash_templates(config), repr(config.theme).encode("utf-8")).encode("ascii")
    if config.feeds.page:
        page = build_page(specs, config)
        sign = _hash(templates, repr(page).encode("utf-8"))
        yield Companion(config.feeds.page, sign, lambda: render_page(context, page))
    if config.feeds.stylesheet:
        sign = _hash(templates, repr(_style_variables(config)).encode("utf-8"))
        yield Companion(STYLESHEET, sign, lambda: render_stylesheet(context))


def render_page(context: Context, page: SubscribePage) -> bytes:
    """The page with its style in it, and a policy that allows this style and nothing else."""
    from publisher.templating import mark_safe  # noqa: PLC0415 - Jinja2 takes a while to load

    variables = {field.name: getattr(page, field.name) for field in fields(page)} | _view_theme(context.config)
    style = context.templates.render(PAGE_STYLE, **variables)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    html = context.templates.render(PAGE_TEMPLATE, style=mark_safe(style), policy=policy, **variables)
    return (html.rstrip() + "\n").encode("utf-8")


def render_stylesheet(context: Context) -> bytes:
    """CSS for people who open a feed in a browser."""
    text = context.templates.render(FEED_STYLE, **_style_variables(context.config), **_view_theme(context.config))
    return (text.rstrip() + "\n").encode("utf-8")


def is_foreign(target: Path, known: Output | None) -> bool:
    """Somebody else's file lies where ours would go. Raises OSError."""
    if not target.is_file():
        return False
    if known is not None and target.stat().st_size == known.size and _hash(target.read_bytes()) == known.sha256:
        return False
    with target.open("rb") as file:
        head = file.read(_HEAD)
    return not any(mark in head for mark in _MARKS)


def _style_variables(config: Config) -> dict[str, object]:
    return {
        "page_url": page_url(config),
        "language": config.site.language,
        "is_summary": config.feeds.content == "summary",
        "words": words_for(config.site.language),
    }


def _view_theme(config: Config) -> dict[str, object]:
    """What the palette needs to know."""
    from publisher.mail.view import view_theme  # noqa: PLC0415 - brings Jinja2 along

    return {"theme": view_theme(config, config.site.title)}


def _hash_templates(config: Config) -> bytes:
    """By their bytes: a person's own, and the packaged ones that they may not have replaced."""
    roots = (config.templates_dir, packaged_templates())
    files = sorted(path for root in roots for pattern in _TEMPLATES for path in root.glob(pattern) if path.is_file())
    parts = [part for path in files for part in (path.name.encode("utf-8", "surrogateescape"), path.read_bytes())]
    return _hash(*parts).encode("ascii")


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256(parts[0])
    for part in parts[1:]:
        digest.update(b"\0")
        digest.update(part)
    return digest.hexdigest()
