"""The one Jinja2 door: a person's own templates first, then the packaged ones, file by file.

Templates are the operator's; what comes from articles and subscribers is only ever a variable. The environment is
sandboxed all the same, so that a template taken over from somewhere else cannot climb from a value to the program.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2 import TemplateError as JinjaError
from jinja2.filters import do_default
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from publisher.errors import TemplateError
from publisher.files import packaged_templates

_SUFFIXES = {".html", ".txt", ".css", ".js"}

# What a slip in an expression raises: `{{ 1 + "a" }}`, `{{ words.date() }}`, `{{ 3 / 0 }}`, `{% extends %}` of itself.
_SLIPS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Templates:
    """Templates by name, such as `email/digest/body.html`; `.html` is escaped, everything else is not."""

    def __init__(self, own: Path | None) -> None:
        packaged = packaged_templates()
        is_same = own is not None and own.resolve() == packaged.resolve()
        self._roots = (packaged,) if own is None or is_same else (own, packaged)
        self._environment = _make_environment(_Loader(self._roots))

    def render(self, name: str, **variables: object) -> str:
        """The template filled in.

        Raises TemplateError with template file, line and what to do.
        """
        try:
            return self._environment.get_template(name).render(variables)
        except (JinjaError, OSError, *_SLIPS) as error:
            raise TemplateError(self._explain(error, name, variables)) from error

    def exists(self, name: str) -> bool:
        return _find(name, self._roots) is not None

    def names(self) -> list[str]:
        """Every template there is, a person's own and the packaged ones."""
        found = {
            path.relative_to(root).as_posix()
            for root in self._roots
            for path in root.rglob("*")
            if path.suffix in _SUFFIXES and path.is_file()
        }
        return sorted(found)

    def _explain(self, error: Exception, name: str, variables: dict[str, object]) -> str:
        place = self._describe(error, name)
        if isinstance(error, TemplateNotFound):
            asked = str(error.name)
            if asked == name:
                return f"templates/{name}: not found; {_suggest(asked, self.names())}"
            return f"{place}: uses {asked}, which is not there; {_suggest(asked, self.names())}"
        if isinstance(error, RecursionError):
            return f"{place}: templates extend or include each other in a circle; end the circle here"
        if isinstance(error, UndefinedError):
            return f"{place}: {_explain_undefined(error, variables)}"
        message = error.message if isinstance(error, JinjaError) else str(error)
        return f"{place}: {message or type(error).__name__}"

    def _describe(self, error: Exception, name: str) -> str:
        """File and line as the person would type them."""
        if isinstance(error, TemplateSyntaxError):
            path: Path | None = Path(error.filename) if error.filename else None
            line: int | None = error.lineno
        else:
            path, line = _innermost_template(error.__traceback__, self._roots)
        path = path or _find(name, self._roots)
        root = next((root for root in self._roots if path is not None and path.is_relative_to(root)), None)
        shown = name if path is None or root is None else path.relative_to(root).as_posix()
        packaged = " (packaged)" if root == self._roots[-1] and len(self._roots) > 1 else ""
        return f"templates/{shown}{f':{line}' if line else ''}{packaged}"


def mark_safe(html: str) -> str:
    """HTML that is clean already, for a variable: `.html` templates do not escape it."""
    return Markup(html)  # noqa: S704 - sanitised by markup


class _Loader(BaseLoader):
    """As jinja2's own loaders, but a file that a person adds later takes over at once, from a cached one too."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._roots = roots

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002 - the interface
        path = _find(template, self._roots)
        if path is None:
            raise TemplateNotFound(template)
        mtime = path.stat().st_mtime_ns
        try:
            source = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError("is not UTF-8; save it as UTF-8", 1, template, str(path)) from error

        def is_current() -> bool:
            return _find(template, self._roots) == path and path.stat().st_mtime_ns == mtime

        return source, str(path), is_current


class Fillable(str):
    """A word for a value that comes later. `| default("…")` says what is to stand there when it comes empty."""

    def or_else(self, fallback: str) -> str:
        raise NotImplementedError


def _default(value: object, default_value: str = "", boolean: bool = False) -> object:  # noqa: FBT001, FBT002 - Jinja's own
    if isinstance(value, Fillable):
        return value.or_else(str(default_value))
    return do_default(value, default_value, boolean)


class _Undefined(StrictUndefined):
    """Says what a value does have when a template asks for something it has not."""

    @property
    def _undefined_message(self) -> str:
        owner = self._undefined_obj
        if not dataclasses.is_dataclass(owner):
            return super()._undefined_message
        known = [field.name for field in dataclasses.fields(owner)]
        return f"{type(owner).__name__} has no {self._undefined_name!r}; {_suggest(str(self._undefined_name), known)}"


def _make_environment(loader: BaseLoader) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=_Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["default"] = environment.filters["d"] = _default
    return environment


def _find(name: str, roots: tuple[Path, ...]) -> Path | None:
    try:
        parts = split_template_path(name)
    except TemplateNotFound:  # `..` leads out of the folder
        return None
    candidates = (root.joinpath(*parts) for root in roots)
    return next((path for path in candidates if path.is_file()), None)


def _innermost_template(traceback: TracebackType | None, roots: tuple[Path, ...]) -> tuple[Path | None, int | None]:
    """Where in a template it went wrong: jinja2 makes template files and lines stand in the traceback."""
    place: tuple[Path | None, int | None] = (None, None)
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.suffix in _SUFFIXES and any(path.is_relative_to(root) for root in roots):
            place = path, traceback.tb_lineno
        traceback = traceback.tb_next
    return place


def _explain_undefined(error: UndefinedError, variables: dict[str, object]) -> str:
    message = error.message or "something is not defined"
    unknown = re.fullmatch(r"'(\w+)' is undefined", message)
    if not unknown:
        return message
    return f"{unknown[1]!r} is not known here; {_suggest(unknown[1], sorted(variables))}"


def _suggest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(known) or 'nothing'}"
