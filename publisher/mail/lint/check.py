"""All rules over one issue. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from publisher.mail.lint.contrast import check_contrast
from publisher.mail.lint.document import (
    check_active_content,
    check_anchors,
    check_characters,
    check_document,
    check_small_text,
)
from publisher.mail.lint.features import check_features
from publisher.mail.lint.finding import RULES, Finding, Severity
from publisher.mail.lint.footer import check_footer, check_unsubscribe
from publisher.mail.lint.images import check_images
from publisher.mail.lint.links import check_link_texts, check_links
from publisher.mail.lint.placeholders import check_placeholders, check_values
from publisher.mail.lint.proof import Facts, Proof, make_proof
from publisher.mail.lint.size import check_html_size, check_styles
from publisher.mail.lint.subject import check_preheader, check_subject
from publisher.mail.lint.wording import check_parts
from publisher.model.rendered import RenderedIssue

_LONGEST = 1_000_000  # characters of HTML that are looked into
_MOST = 20  # findings of one rule that are told

_CHECKS: tuple[Callable[[Proof], Iterator[Finding]], ...] = (
    check_styles,
    check_document,
    check_active_content,
    check_characters,
    check_anchors,
    check_small_text,
    check_footer,
    check_unsubscribe,
    check_subject,
    check_preheader,
    check_placeholders,
    check_values,
    check_links,
    check_link_texts,
    check_images,
    check_parts,
    check_contrast,
    check_features,
)
# Of a mail that has no HTML part.
_TEXT_CHECKS = (check_characters, check_footer, check_unsubscribe, check_subject, check_placeholders, check_parts)


def lint(issue: RenderedIssue, facts: Facts, ignore: Collection[str] = ()) -> list[Finding]:
    """Errors first. Takes any issue and raises nothing; of a mail beyond all measure only the size is told."""
    found = list(check_html_size(issue))
    if len(issue.html) <= _LONGEST:
        proof = make_proof(issue, facts)
        checks = _CHECKS if issue.html else _TEXT_CHECKS
        found += [finding for check in checks for finding in check(proof)]
    return in_order((_without_marker(finding, issue.marker) for finding in found), ignore)


def in_order(found: Iterable[Finding], ignore: Collection[str] = ()) -> list[Finding]:
    """Without what is ignored, each once, at most 20 of each rule, errors first."""
    counts = Counter[str]()
    kept: list[Finding] = []
    for finding in dict.fromkeys(found):
        if finding.rule in ignore:
            continue
        counts[finding.rule] += 1
        if counts[finding.rule] <= _MOST:
            kept.append(finding)
    rest = [
        Finding(rule, f"has {number - _MOST:,} more of this rule, not listed", "the issue")
        for rule, number in counts.items()
        if number > _MOST
    ]
    severities, rules = list(Severity), list(RULES)
    return sorted([*kept, *rest], key=lambda item: (severities.index(item.severity), rules.index(item.rule)))


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _without_marker(finding: Finding, marker: str) -> Finding:
    """The marker differs from one rendering to the next, and a message that comes again is the same message."""
    if marker not in finding.message + finding.where:
        return finding
    personal = re.compile(re.escape(marker) + r"[A-Z]*0?")
    return replace(
        finding, message=personal.sub("PERSONAL", finding.message), where=personal.sub("PERSONAL", finding.where)
    )
