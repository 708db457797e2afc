"""The verb `check`: is everything in order? Reads, renders, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from publisher.app.bodies import find_body, make_finder
from publisher.app.faults import foresee_faults, list_faults
from publisher.app.fetching import read_feeds
from publisher.app.folders import (
    OpenFolder,
    decide_preset,
    decision_fact,
    load_decisions,
    open_folders,
    shown_problems,
)
from publisher.app.letters import check_letter
from publisher.config import Config
from publisher.errors import Problem, TemplateError
from publisher.feeds.adopt import read_ids
from publisher.mail.render import RenderContext, render_issue
from publisher.mail.slots import Slot, new_marker, word
from publisher.model import Article, RenderedIssue, Selection, SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.feed.identity import SettledItem
from publisher.sources.identity import assign_ids
from publisher.sources.presets import AUTO
from publisher.sources.read import ReadFile, read_file
from publisher.storage.peek import peek_facts
from publisher.templating import Templates

_SHORT_KEY = 16


@dataclass(slots=True)
class CheckReport:
    """`problems` are errors; `notes` are worth a look."""

    articles: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check(config: Config, now: datetime) -> CheckReport:
    """Read every article, ask every feed, and render every newsletter once.

    Raises UsageError when the folder of articles is missing.
    """
    report = CheckReport()
    folders = _open_folders(config)
    read = [read_file(item.directory, file, item.rules) for item in folders for file in item.listing.files]
    settled = assign_ids(set_duplicates_aside(read, []), [], read_ids(config.output_dir), config.site.host)
    found = [item.problem for item in settled if item.problem is not None]
    found += [problem for item in folders for problem in item.listing.problems]
    items, remarks = read_feeds(config, _articles(settled), now)
    settled += [ReadFile(_no_file(item), article=item.article, markdown=item.item.html) for item in items]
    report.articles = sum(item.article is not None for item in settled)
    report.problems += shown_problems(config, [*found, *remarks.problems])
    report.problems += [*foresee_faults(config, _articles(settled), now), *list_faults(config)]
    report.notes += map(str, remarks.notes)
    notes = [note for item in settled if item.article is not None for note in item.notes]
    report.notes += [note for item in folders for note in _preset_notes(config, item)]
    report.notes += map(str, shown_problems(config, notes))
    _check_templates(config, settled, report, now)
    _check_placeholders(config, report)
    if config.delivery.dkim:
        from publisher.app.signing import check_keys  # noqa: PLC0415 - cryptography takes a while to load

        _, problems, key_notes = check_keys(config)
        report.problems += problems
        report.notes += key_notes
    return report


def _open_folders(config: Config) -> list[OpenFolder]:
    """With the presets that builds decided on, so that `check` speaks of the addresses that readers know."""
    names = [decision_fact(folder.key) for folder in config.folders]
    return open_folders(config, load_decisions(config, peek_facts(config.database_path, names)))


def _preset_notes(config: Config, opened: OpenFolder) -> Iterator[str]:
    folder, decision = opened.folder, opened.decision
    if folder.preset == AUTO:
        yield f"{folder.path} is read as {decision.preset}: {decision.why}"
        today = decide_preset(config, folder)
        if today.preset != decision.preset:
            yield (
                f"{folder.path} looks like {today.preset} by now: {today.why}. It stays {decision.preset}, because "
                f"addresses would change; write preset: {today.preset} under articles: if they are meant to"
            )
    if opened.note:
        yield opened.note


def _no_file(item: SettledItem) -> SourceFile:
    return SourceFile(item.item.article.path, 0, 0)


def _check_templates(config: Config, settled: Sequence[ReadFile], report: CheckReport, now: datetime) -> None:
    public = [item for item in settled if item.article is not None and item.article.is_public(now)]
    fetched = {item.article.id: item.markdown for item in public if item.article is not None and item.markdown}
    articles = sorted(_articles(public), key=lambda article: article.published, reverse=True)
    templates, finder = Templates(config.templates_dir), make_finder(articles, now)
    for name, newsletter in config.newsletters.items():
        size = 1 if newsletter.is_on_publish else newsletter.limit
        selection = Selection(articles=tuple(articles[:size]), links=tuple(articles[size : size + 3]))
        bodies = {
            article.id: fetched.get(article.id) or find_body(config, article) or "" for article in selection.articles
        }
        context = RenderContext(
            config=config,
            newsletter_name=name,
            newsletter=newsletter,
            template=newsletter.template_name,
            templates=templates,
            now=now,
            marker=new_marker(),
            unsubscribe_address=config.delivery.unsubscribe or config.sender_of(newsletter).email,
            finder=finder,
        )
        try:
            rendered = render_issue(selection, bodies, context)
            check_letter(config, name, rendered)
            _check_footer(config, name, rendered, report)
        except TemplateError as error:
            report.problems.append(Problem(f"newsletter {name}", str(error)))


def _check_footer(config: Config, name: str, rendered: RenderedIssue, report: CheckReport) -> None:
    """What the law asks every mail to say; a template of one's own may have lost it."""
    unsubscribe = word(rendered.marker, Slot.UNSUBSCRIBE)
    organisation = config.organisation.name if config.organisation else ""
    for part, text in (("body.txt", rendered.text), ("body.html", rendered.html)):
        if unsubscribe not in text:
            report.notes.append(f"newsletter {name}: {part} has no way to unsubscribe (print unsubscribe_url)")
        if escape(organisation) not in text and organisation not in text:
            report.notes.append(f"newsletter {name}: {part} does not say who sends it (print organisation.name)")


def _check_placeholders(config: Config, report: CheckReport) -> None:
    if config.secret_key is not None and len(config.secret_key.get_secret_value()) < _SHORT_KEY:
        report.notes.append(f"secret_key: is shorter than {_SHORT_KEY} characters, and could be guessed")
    if config.site.host.endswith(("example.com", "example.org")):
        report.notes.append(f"site: url: is still {config.site.url}; ids of articles are made from it and are kept")
    unsafe = [name for name, letter in config.newsletters.items() if config.sender_of(letter).domain == "example.com"]
    if unsafe:
        report.notes.append(f"from: of {', '.join(unsafe)} is still an example.com address")


def _articles(items: Sequence[ReadFile]) -> list[Article]:
    return [item.article for item in items if item.article is not None]
