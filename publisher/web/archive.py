"""The web archive: lists of issues, issues ("view in browser"), their feeds, and the sitemap. It only reads."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from publisher import urls
from publisher.app.archiving import (
    ArchivePage,
    IssuePage,
    get_archive_page,
    get_issue_feed,
    get_issue_page,
    get_sitemap,
    may_read,
)
from publisher.app.context import Context
from publisher.config import Newsletter
from publisher.feeds.issues import ISSUE_FEED, issue_feed_url
from publisher.mail.view import NewsletterView
from publisher.model.feed import FeedFormat
from publisher.templating import mark_safe
from publisher.web.face import PAGE, Face, Visit
from publisher.web.pageheaders import NO_INDEX, PagePolicy, page_headers
from publisher.web.representation import Headers
from publisher.web.responses import write_response
from publisher.web.shelf import Page, Shelf
from publisher.web.signup import PATH as SIGN_UP

KEY = urls.ARCHIVE_KEY

_HTML = "text/html; charset=utf-8"
_XML = "; charset=utf-8"
_READ = ["GET", "HEAD"]
_PICTURES = PagePolicy(shows_pictures=True)


def archive_routes(context: Context, face: Face, shelf: Shelf) -> APIRouter:
    router = APIRouter()
    archive = _Archive(context, face, shelf)
    if not any(map(context.config.has_archive, context.config.newsletters)):
        return router  # the addresses stay free for files of the site

    @router.api_route("/newsletters/", methods=_READ)
    def newsletters(request: Request) -> Response:
        """All newsletters with a public archive."""
        return archive.show_newsletters(request)

    @router.api_route("/newsletters/{newsletter}/", methods=_READ)
    def issues(request: Request, newsletter: str) -> Response:
        """The issues of one, newest first; `?page=2` is the next page."""
        return archive.show_issues(request, newsletter)

    @router.api_route("/newsletters/{newsletter}/issues/{issue_id:int}/", methods=_READ)
    def issue(request: Request, newsletter: str, issue_id: int) -> Response:
        return archive.show_issue(request, newsletter, issue_id)

    @router.api_route(f"/newsletters/{{newsletter}}/{ISSUE_FEED}", methods=_READ)
    def feed(request: Request, newsletter: str) -> Response:
        return archive.show_feed(request, newsletter)

    @router.api_route("/sitemap.xml", methods=_READ)
    def sitemap(request: Request) -> Response:
        """Unless the site has a file of that name."""
        return archive.show_sitemap(request)

    @router.api_route("/newsletters", methods=_READ)
    @router.api_route("/newsletters/{newsletter}", methods=_READ)
    @router.api_route("/newsletters/{newsletter}/issues/{issue_id:int}", methods=_READ)
    def add_slash(request: Request) -> Response:
        query = request.url.query
        path = urls.to_uri(face.base_path + request.scope["path"] + "/")
        # Below our own prefix, so it leads nowhere else: a path that begins with two slashes never comes here.
        return RedirectResponse(path + (f"?{query}" if query else ""), 301)

    return router


class _Archive:
    """Answers by request. What everybody may read is kept on the shelf; what takes a token is not."""

    def __init__(self, context: Context, face: Face, shelf: Shelf) -> None:
        self._context = context
        self._config = context.config
        self._face = face
        self._shelf = shelf

    def show_newsletters(self, request: Request) -> Response:
        visit = self._face.visit(request.scope)

        def make() -> Page:
            variables: dict[str, object] = {"subscribe_url": self._face.link(SIGN_UP, visit.kept)}
            return self._make_html("web/newsletters.html", visit, variables)

        return self._from_shelf(request, visit, make)

    def show_issues(self, request: Request, name: str) -> Response:
        visit = self._enter(request, name)
        number = visit.parameters.get(PAGE, "")

        def make() -> Page | None:
            found = get_archive_page(self._context, name, number)
            return None if found is None else self._make_list(name, visit, found)

        return self._answer(request, name, visit, make, number)

    def show_issue(self, request: Request, name: str, issue_id: int) -> Response:
        visit = self._enter(request, name)

        def make() -> Page | None:
            found = get_issue_page(self._context, name, issue_id)
            return None if found is None else self._make_issue(name, visit, found)

        return self._answer(request, name, visit, make)

    def show_feed(self, request: Request, name: str) -> Response:
        """Readers of feeds have no token, so there is none of an archive that wants one."""
        if not self._is_public(name):
            raise HTTPException(404)
        visit = self._face.visit(request.scope)

        def make() -> Page:
            headers = self._headers(self._config.newsletters[name], is_feed=True)
            return Page(get_issue_feed(self._context, name), FeedFormat.ATOM.media_type + _XML, headers)

        return self._from_shelf(request, visit, make, takes_language=False)

    def show_sitemap(self, request: Request) -> Response:
        visit = self._face.visit(request.scope)

        def make() -> Page:
            headers = [self._lasting, *page_headers(is_https=self._face.is_https)]
            return Page(get_sitemap(self._context), "application/xml" + _XML, headers)

        return self._from_shelf(request, visit, make, takes_language=False)

    def _enter(self, request: Request, name: str) -> Visit:
        """Raises HTTPException where there is no such archive, or it is not open to this visitor."""
        if not self._config.has_archive(name):
            raise HTTPException(404)
        if self._is_public(name):
            return self._face.visit(request.scope)
        visit = self._face.visit(request.scope, keep=(KEY,))
        if not may_read(self._context, name, visit.parameters.get(KEY, "")):
            raise HTTPException(403)
        return visit

    def _answer(
        self, request: Request, name: str, visit: Visit, make: Callable[[], Page | None], query: str = ""
    ) -> Response:
        if self._is_public(name):
            return self._from_shelf(request, visit, make, query)
        page = make()
        if page is None:
            raise HTTPException(404)
        response = Response(page.body, media_type=page.media_type)
        response.raw_headers += page.headers
        return response

    def _from_shelf(
        self,
        request: Request,
        visit: Visit,
        make: Callable[[], Page | None],
        query: str = "",
        *,
        takes_language: bool = True,
    ) -> Response:
        """A language that was chosen stands in all links of the page, so it is another page."""
        path = request.scope["raw_path"].decode("latin-1")
        chosen = "+" if visit.kept else ""
        answer = self._shelf.answer(
            request.scope, (path, query + chosen, visit.language if takes_language else ""), make
        )
        if answer is None:
            raise HTTPException(404)
        return write_response(answer)

    def _make_list(self, name: str, visit: Visit, found: ArchivePage) -> Page:
        span = found.span
        variables = {
            "issues": found.issues,
            "span": span,
            "canonical": self._canonical(visit, page=span.number if span.number > 1 else 0),
        }
        return self._make_html("web/archive.html", visit, variables, name)

    def _make_issue(self, name: str, visit: Visit, found: IssuePage) -> Page:
        variables = {
            "issue": found.issue,
            "issue_language": found.issue.language or self._config.site.language,
            "description": found.description,
            "contents": found.contents,
            "text": mark_safe(found.text),
            "body": mark_safe(found.body),
            "image": found.image,
            "older": found.older,
            "newer": found.newer,
        }
        return self._make_html("web/issue.html", visit, variables, name)

    def _make_html(self, template: str, visit: Visit, variables: dict[str, object], name: str = "") -> Page:
        newsletter = self._config.newsletters.get(name)
        if newsletter is not None:
            is_indexed = newsletter.index and self._is_public(name)
            variables = {
                "canonical": self._canonical(visit),
                **variables,
                "newsletter": NewsletterView(name, newsletter.title),
                "feed_url": issue_feed_url(self._config, name) if self._is_public(name) else "",
                "subscribe_url": self._subscribe_url(visit, name),
                "robots": "" if is_indexed else "noindex",
            }
        html = self._face.render(template, visit, variables)
        return Page(html.encode("utf-8"), _HTML, self._headers(newsletter))

    def _subscribe_url(self, visit: Visit, name: str) -> str:
        """Empty where only those come who subscribe already."""
        return self._face.link(SIGN_UP, visit.kept, newsletter=name) if self._is_public(name) else ""

    def _headers(self, newsletter: Newsletter | None, *, is_feed: bool = False) -> Headers:
        is_public = newsletter is None or newsletter.archive == "public"
        vary = b"Accept-Encoding" if is_feed else b"Accept-Encoding, Accept-Language"
        headers: Headers = [
            self._lasting if is_public else (b"cache-control", b"private, no-store"),
            (b"vary", vary),
            *page_headers(is_https=self._face.is_https, policy=_PICTURES),
        ]
        if is_feed:
            headers.append((b"access-control-allow-origin", b"*"))
        if newsletter is not None and not (newsletter.index and is_public):
            headers += NO_INDEX
        return headers

    @property
    def _lasting(self) -> tuple[bytes, bytes]:
        web = self._config.web
        return b"cache-control", f"public, max-age={int(web.max_age.total_seconds()) if web else 0}".encode()

    def _is_public(self, name: str) -> bool:
        return self._config.has_archive(name) and self._config.newsletters[name].archive == "public"

    def _canonical(self, visit: Visit, *, page: int = 0) -> str:
        """Without language and token: one address for all who link to it."""
        return self._config.web_url + urls.to_uri(visit.path) + (f"?page={page}" if page else "")
