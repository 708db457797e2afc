"""The nouns and the errors: small promises that other rooms lean on."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from datetime import UTC, datetime, timedelta

import pytest

from publisher import errors, model
from publisher.errors import (
    ClaimLost,
    ConfigError,
    DeliveryError,
    FeedError,
    FetchError,
    Problem,
    PublisherError,
    StorageError,
    TemplateError,
    TransportRefused,
    TransportUnavailable,
    UsageError,
)
from publisher.model.article import Article
from publisher.model.delivery import Delivery, DeliveryState
from publisher.model.feed import FeedFormat
from publisher.model.issue import Counts, Selection
from publisher.model.message import Outcome

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)


def make_article(**changes: object) -> Article:
    values: dict[str, object] = {
        "id": "tag:example.com,2026:1",
        "path": "a.md",
        "url": "https://example.com/a",
        "title": "題 🎉",
        "published": NOW,
        "updated": NOW,
        "summary": "",
        "language": "ja",
        "body_hash": "",
    }
    return Article(**(values | changes))  # type: ignore[arg-type] # the values are as named in Article


def test_every_noun_is_frozen_and_small() -> None:
    rooms = [importlib.import_module(f"{model.__name__}.{room.name}") for room in pkgutil.iter_modules(model.__path__)]
    nouns = {
        noun
        for room in rooms
        for noun in vars(room).values()
        if inspect.isclass(noun) and dataclasses.is_dataclass(noun)
    }
    assert len(nouns) > 30
    for noun in nouns:
        assert noun.__dataclass_params__.frozen, noun  # type: ignore[attr-defined] # every dataclass has them
        assert "__slots__" in vars(noun), noun


def test_an_article_is_public_from_its_moment_on() -> None:
    article = make_article()
    assert article.is_public(NOW)
    assert not article.is_public(NOW - timedelta(microseconds=1))
    assert not make_article(draft=True).is_public(NOW)


@pytest.mark.parametrize(
    ("feed_format", "filename", "media_type"),
    [
        (FeedFormat.RSS, "rss.xml", "application/rss+xml"),
        (FeedFormat.ATOM, "atom.xml", "application/atom+xml"),
        (FeedFormat.JSON, "feed.json", "application/feed+json"),
    ],
)
def test_the_files_of_a_feed_keep_their_names(feed_format: FeedFormat, filename: str, media_type: str) -> None:
    assert (feed_format.filename, feed_format.media_type) == (filename, media_type)


def test_every_outcome_is_a_state_of_a_delivery() -> None:
    assert {outcome.value for outcome in Outcome} <= {state.value for state in DeliveryState}


def test_counts_cover_every_state_that_is_settled_or_waiting() -> None:
    fields = {field.name for field in dataclasses.fields(Counts)}
    held = {DeliveryState.CLAIMED, DeliveryState.SENDING}  # shown as queued
    assert fields == {state.value for state in DeliveryState if state not in held}
    assert Counts(queued=1, deferred=2, accepted=3, failed=4, uncertain=5, suppressed=6).total == 21


def test_a_selection_without_articles_is_empty() -> None:
    assert Selection().is_empty
    assert Selection(too_old=(make_article(),)).is_empty
    assert not Selection(articles=(make_article(),)).is_empty


def test_the_key_of_a_delivery_names_no_person() -> None:
    delivery = Delivery(3, 14, "weekly", "ja", "hanako@example.com", "花子", attempts=0)
    assert delivery.key == "3-14"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.md", "is empty"), "a.md: is empty"),
        (Problem("記事/a.md", "is missing", 3, "title"), "記事/a.md:3: title: is missing"),
        (Problem("a.md", "is missing", None, "title"), "a.md: title: is missing"),
        (Problem("a.md", "is no YAML", 7), "a.md:7: is no YAML"),
    ],
)
def test_a_problem_reads_like_a_compiler_message(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_wrong_configuration_tells_all_its_problems() -> None:
    problems = [Problem("c.yaml", "one", 1), Problem("c.yaml", "two", 2)]
    error = ConfigError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "c.yaml:1: one\nc.yaml:2: two"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (UsageError, 2),
        (ConfigError, 2),
        (StorageError, 2),
        (TemplateError, 1),
        (FeedError, 1),
        (FetchError, 1),
        (DeliveryError, 1),
    ],
)
def test_each_error_has_its_exit_code(kind: type[PublisherError], code: int) -> None:
    assert kind.exit_code == code


def test_going_on_after_a_failed_delivery_hides_no_wrong_setting() -> None:
    for kind in (TransportUnavailable, TransportRefused, ClaimLost):
        assert issubclass(kind, DeliveryError)
    for settings in (UsageError, ConfigError, StorageError, TemplateError):
        assert not issubclass(settings, DeliveryError)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    kinds = [name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)]
    assert len(kinds) > 8
    assert all(name in (errors.__doc__ or "") for name in kinds)
