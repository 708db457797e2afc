"""From the file to a Config, or to every problem that is in it, each with its place and a suggestion."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.config.morefeeds import check_more
from publisher.config.sections import Config
from publisher.config.sources import FEED, FOLDER, ArticleFeed, ArticleFolder
from publisher.config.theme import check_theme
from publisher.config.values import NAME, ON_PUBLISH, SELF
from publisher.errors import ConfigError, Problem
from publisher.yamlfile import Location, YamlFile, read_yaml

# Raises ValueError unless it is the address of a transport we have; the room that knows lies above this module.
CheckTransport = Callable[[str], object]

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text (put it in quotes)",
    "enum": "is not one of rss, atom, json",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "date_type": "must be a day, such as 2026-12-01",
    "date_parsing": "must be a day, such as 2026-12-01",
    "date_from_datetime_parsing": "must be a day, such as 2026-12-01",
    "date_from_datetime_inexact": "must be a day, such as 2026-12-01, without a time",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "model_type": "must hold keys and values of its own",
    "dict_type": "must hold keys and values of its own",
    "tuple_type": "must be a list, such as [a, b]",
    "too_long": "has too many entries; {max_length} are enough",
}


def load_config(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    check_transport: CheckTransport | None = None,
    rules: Collection[str] = (),
) -> Config:
    """Read, check and resolve `path`. `rules` are the names that `lint: ignore:` may hold; without them it may any.

    Raises ConfigError with every problem in the file, in its order.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        hint = "not found; `publisher init` writes one, `-c FILE` names another"
        raise ConfigError([Problem(str(path), hint)]) from None
    except OSError as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(str(path), "is not UTF-8 text; save it as UTF-8", line)]) from None
    environment = os.environ if environment is None else environment
    return parse_config(text, path, environment, check_transport=check_transport, rules=rules)


def parse_config(
    text: str,
    path: Path,
    environment: Mapping[str, str],
    *,
    check_transport: CheckTransport | None = None,
    rules: Collection[str] = (),
) -> Config:
    """As `load_config`, for a text already read; relative paths in it are relative to `path`'s folder."""
    file = read_yaml(text, str(path), environment, may_be_unset=frozenset({("secret_key",)}))
    if file.problems and not file.data:
        raise ConfigError(file.problems)
    config: Config | None = None
    found: list[Problem] = []
    try:
        data = {**file.data, "base": path.resolve().parent}
        config = Config.model_validate(data, by_alias=True, by_name=False)  # only the names of the contract
    except ValidationError as error:
        found = [_problem(detail, file, str(path)) for detail in _innermost(error)]
    between = [*_check_rules(file.data, check_transport), *_check_ignored(file.data, rules)]
    found += [_place(message, location, file, str(path)) for location, message in between]
    # What could not be read at all has been told; that it is missing now is no news.
    known = {problem.field for problem in file.problems}
    problems = [*file.problems, *(problem for problem in found if problem.field not in known)]
    if problems or config is None:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return config


def _check_rules(data: Mapping[str, Any], check_transport: CheckTransport | None) -> list[tuple[Location, str]]:
    """The rules between sections, on the data as written, so that they are told along with everything else."""
    found: list[tuple[Location, str]] = []
    if "base" in data:  # a field of Config that the file does not set
        found.append((("base",), _unknown_key(("base",))))
    newsletters, delivery = data.get("newsletters") or {}, data.get("delivery") or {}
    if not isinstance(delivery, dict):
        delivery = {}
    if isinstance(newsletters, dict):
        for name, newsletter in newsletters.items():
            found += _check_newsletter(name, newsletter, default_sender=bool(delivery.get("from")))
    if newsletters and not data.get("organisation"):
        message = "is missing; a newsletter must say who sends it: add organisation: with name, address and contact"
        found.append((("organisation",), message))
    found += _check_segments(data)
    found += _check_folders(data)
    feeds = data.get("feeds")
    if isinstance(feeds, dict):
        found += ((("feeds", *place), message) for place, message in check_more(feeds))
    theme = data.get("theme")
    if isinstance(theme, dict):
        found += ((("theme", *place), message) for place, message in check_theme(theme))
    found += _check_hub(data)
    if check_transport is not None:
        found += _check_transports(delivery.get("transport"), check_transport)
    return found


def _check_transports(transports: object, check_transport: CheckTransport) -> list[tuple[Location, str]]:
    found: list[tuple[Location, str]] = []
    place: Location = ("delivery", "transport")
    items = [(place, transports)]
    if isinstance(transports, list):
        items = [((*place, number), item) for number, item in enumerate(transports)]
    for where, item in items:
        url = item.get("url") if isinstance(item, dict) else item
        if not isinstance(url, str):
            continue
        try:
            check_transport(url)
        except ValueError as error:
            found.append(((*where, "url") if isinstance(item, dict) else where, str(error)))
    return found


def _check_segments(data: Mapping[str, Any]) -> list[tuple[Location, str]]:
    """A newsletter may name a segment, which must be there."""
    segments, newsletters = data.get("segments") or {}, data.get("newsletters") or {}
    if not isinstance(segments, dict) or not isinstance(newsletters, dict):
        return []
    message = "has a name that cannot be used; take letters, digits, - and _"
    found: list[tuple[Location, str]] = [
        (("segments", str(name)), message) for name in segments if not NAME.fullmatch(str(name))
    ]
    for name, newsletter in newsletters.items():
        wanted = newsletter.get("segment") if isinstance(newsletter, dict) else None
        if isinstance(wanted, str) and NAME.fullmatch(wanted) and wanted not in segments:
            known = ", ".join(map(str, segments)) or "none; add it under segments:"
            found.append((("newsletters", name, "segment"), f"there is no segment {wanted!r}; known: {known}"))
    return found


def _check_folders(data: Mapping[str, Any]) -> list[tuple[Location, str]]:
    """Feeds among the articles would be taken for somebody's own files, and the other way round."""
    articles, feeds = data.get("articles") or {}, data.get("feeds")
    sources = articles if isinstance(articles, list) else [articles]
    output = feeds.get("output", "public") if isinstance(feeds, dict) else "public"
    found: list[tuple[Location, str]] = []
    seen: set[str] = set()
    for number, source in enumerate(sources):
        if not isinstance(source, dict):
            continue
        place: Location = ("articles", number) if isinstance(articles, list) else ("articles",)
        name = "feed" if "feed" in source else "path"
        value = source.get(name, "articles")
        if not isinstance(value, str):
            continue
        value = value if name == "feed" else os.path.normpath(value)
        if name == "path" and isinstance(output, str) and value == os.path.normpath(output):
            found.append((("feeds", "output"), "is the folder of the articles; name another, such as public"))
        if value in seen:
            found.append(((*place, name), "is there twice; take one of them out"))
        seen.add(value)
    return found


def _check_hub(data: Mapping[str, Any]) -> list[tuple[Location, str]]:
    """Feeds that name a hub nobody serves would have readers wait for it in vain."""
    websub = data.get("websub")
    hubs = websub.get("hub") if isinstance(websub, dict) else None
    if SELF in (hubs if isinstance(hubs, list) else [hubs]) and not isinstance(data.get("web"), dict):
        message = "needs our own server for self; add web: with listen: 127.0.0.1:8000, see docs/websub.md"
        return [(("websub", "hub"), message)]
    return []


def _check_newsletter(name: str, newsletter: object, *, default_sender: bool) -> list[tuple[Location, str]]:
    found: list[tuple[Location, str]] = []
    if not NAME.fullmatch(name):
        found.append((("newsletters", name), "has a name that cannot be used; take letters, digits, - and _"))
    if isinstance(newsletter, dict) and not newsletter.get("from") and not default_sender:
        message = 'is missing; write "Name <news@example.com>" here or under delivery'
        found.append((("newsletters", name, "from"), message))
    if isinstance(newsletter, dict) and _cannot_hold(newsletter):
        message = "manual cannot hold the mails of rhythms; take `schedule: on-publish`, or leave rhythms out"
        found.append((("newsletters", name, "approve"), message))
    return found


def _cannot_hold(newsletter: dict[str, object]) -> bool:
    """On publication an article is a draft first, and readers with a rhythm wait for it; a cron line comes too late."""
    is_asked = newsletter.get("approve") == "manual" and bool(newsletter.get("rhythms"))
    return is_asked and newsletter.get("schedule") != ON_PUBLISH


def _check_ignored(data: Mapping[str, Any], rules: Collection[str]) -> list[tuple[Location, str]]:
    """A rule that is spelt wrong would go on stopping what it was written to let pass."""
    newsletters = data.get("newsletters")
    found: list[tuple[Location, str]] = []
    for name, newsletter in newsletters.items() if rules and isinstance(newsletters, dict) else ():
        lint = newsletter.get("lint") if isinstance(newsletter, dict) else None
        ignored = lint.get("ignore") if isinstance(lint, dict) else None
        for number, rule in enumerate(ignored if isinstance(ignored, list) else ()):
            if isinstance(rule, str) and rule not in rules:
                close = difflib.get_close_matches(rule, rules, n=1, cutoff=0.6)
                hint = f'did you mean "{close[0]}"?' if close else "docs/lint.md lists them all"
                found.append((("newsletters", name, "lint", "ignore", number), f"{rule!r} is not a rule; {hint}"))
    return found


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """Without the complaint about a list whose only fault is an item that has its own complaint."""
    details = error.errors(include_url=False)
    return [
        detail
        for detail in details
        if not any(other["loc"][:-1] == detail["loc"] for other in details if other is not detail)
    ]


def _problem(detail: ErrorDetails, file: YamlFile, name: str) -> Problem:
    location = _as_written(detail["loc"], file.data)
    if detail["type"] == "extra_forbidden":
        message = _unknown_key(detail["loc"])
    elif detail["type"] in _WORDS:
        message = _WORDS[detail["type"]].format(**detail.get("ctx", {}))
    else:
        message = detail["msg"].removeprefix("Value error, ")
    return _place(message, location, file, name)


def _as_written(location: Location, data: Mapping[str, Any]) -> Location:
    """Without what pydantic adds: words for keys and kinds of a source, and the number of one that stands alone."""
    location = tuple(part for part in location if part != "[key]")
    if location[:1] != ("articles",) or len(location) < 2:
        return location
    rest = location[3:] if location[2:3] in {(FOLDER,), (FEED,)} else location[2:]
    return ("articles", *rest) if isinstance(data.get("articles"), dict) else ("articles", location[1], *rest)


def _place(message: str, location: Location, file: YamlFile, name: str) -> Problem:
    return Problem(name, message, file.line_of(location), ".".join(str(part) for part in location))


def _unknown_key(location: Location) -> str:
    known = _keys_at(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
    if close:
        return f'is not a known key; did you mean "{close[0]}"?'
    return f"is not a known key; known here: {', '.join(known)}"


def _keys_at(location: Location) -> list[str]:
    """The keys a section may have, as written in the file."""
    if location[:1] == ("articles",):
        return list((ArticleFeed if FEED in location else ArticleFolder).model_fields)
    model: Any = Config
    for part in location:
        if isinstance(part, int):
            continue  # the items of a list are all of one kind
        if get_origin(model) is dict:  # a section with names of a person's own
            model = get_args(model)[1]
            continue
        field = model.model_fields.get(str(part))
        field = field or next((f for f in model.model_fields.values() if f.alias == part), None)
        if field is None:
            return []
        model = _section_of(field.annotation)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or key for key, field in model.model_fields.items() if key != "base"]


def _section_of(annotation: Any) -> Any:
    if get_origin(annotation) is dict:
        return annotation
    for choice in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            return choice
    return None
