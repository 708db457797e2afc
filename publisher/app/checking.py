"""The verb `check`: is everything in order? Reads, renders, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from publisher.app.faults import foresee_faults, list_faults
from publisher.app.folders import OpenFolder, decide_preset, shown_problems
from publisher.app.letters import check_letter
from publisher.app.looking import SiteReading, read_site
from publisher.config import Config
from publisher.errors import Problem, TemplateError
from publisher.mail.slots import Slot, word
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from publisher.sources.presets import AUTO

_SHORT_KEY = 16
# What templates/init/config.yaml has there; every footer would print it.
_INIT_ORGANISATION = {
    "name": "My name or company",
    "address": "My postal address",
    "contact": "https://example.com/contact",
}


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
    site = read_site(config, now)
    settled, folders, remarks = site.settled, site.folders, site.remarks
    found = [item.problem for item in settled if item.problem is not None]
    found += [problem for item in folders for problem in item.listing.problems]
    report.articles = sum(item.article is not None for item in settled)
    report.problems += shown_problems(config, [*found, *remarks.problems])
    report.problems += [*foresee_faults(config, site.articles, now), *list_faults(config)]
    report.notes += map(str, remarks.notes)
    notes = [note for item in settled if item.article is not None for note in item.notes]
    report.notes += [note for item in folders for note in _preset_notes(config, item)]
    report.notes += map(str, shown_problems(config, notes))
    _check_templates(site, report)
    _check_placeholders(config, report)
    if config.delivery.dkim:
        from publisher.app.signing import check_keys  # noqa: PLC0415 - cryptography takes a while to load

        _, problems, key_notes = check_keys(config)
        report.problems += problems
        report.notes += key_notes
    return report


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


def _check_templates(site: SiteReading, report: CheckReport) -> None:
    config, articles = site.config, site.public
    for name, newsletter in config.newsletters.items():
        size = 1 if newsletter.is_on_publish else newsletter.limit
        selection = Selection(articles=tuple(articles[:size]), links=tuple(articles[size : size + 3]))
        try:
            rendered = site.render(name, selection, newsletter.template_name)
            check_letter(config, name, rendered)
            _check_footer(config, name, rendered, report)
        except TemplateError as error:
            report.problems.append(Problem(f"newsletter {name}", str(error)))


def _check_footer(config: Config, name: str, rendered: RenderedIssue, report: CheckReport) -> None:
    """What the law asks every mail to say; a template of one's own may have lost it."""
    unsubscribe = word(rendered.marker, Slot.UNSUBSCRIBE)
    organisation = config.organisation.name if config.organisation else ""
    for part, text in (("body.txt", rendered.text), ("body.html", rendered.html)):
        if not text:  # a mail of text alone
            continue
        if unsubscribe not in text:
            report.notes.append(f"newsletter {name}: {part} has no way to unsubscribe (print unsubscribe_url)")
        if escape(organisation) not in text and organisation not in text:
            report.notes.append(f"newsletter {name}: {part} does not say who sends it (print organisation.name)")


def _check_placeholders(config: Config, report: CheckReport) -> None:
    if any(len(key.get_secret_value()) < _SHORT_KEY for key in config.secret_key):
        report.notes.append(f"secret_key: is shorter than {_SHORT_KEY} characters, and could be guessed")
    if config.site.host.endswith(("example.com", "example.org")):
        report.notes.append(f"site: url: is still {config.site.url}; ids of articles are made from it and are kept")
    unsafe = [name for name, letter in config.newsletters.items() if config.sender_of(letter).domain == "example.com"]
    if unsafe:
        report.notes.append(f"from: of {', '.join(unsafe)} is still an example.com address")
    if config.organisation:
        kept = [key for key, words in _INIT_ORGANISATION.items() if getattr(config.organisation, key) == words]
        if kept:
            report.notes.append(
                f"organisation: {', '.join(kept)}: still as `publisher init` wrote it; every mail shows it"
            )
