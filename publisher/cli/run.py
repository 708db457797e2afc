"""`publisher run`: everything by itself."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.crash import write_crash_log
from publisher.cli.settings import settings_of
from publisher.errors import PublisherError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.context import Context
    from publisher.app.issuing import IssueReport
    from publisher.app.noticing import NoticeReport
    from publisher.app.operating import PassReport
    from publisher.app.publishing import PublishReport
    from publisher.delivery.sender import SendReport

_FIRST_DELAY = 60.0  # seconds; doubled until the longest
_LONGEST_DELAY = 3600.0


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One pass, then stop; for cron.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Log JSON lines; with --once, print one JSON report.")
    ] = False,
) -> None:
    """Watch, write feeds, send newsletters when they are due. Goes on until SIGTERM."""
    from publisher.app.lock import AlreadyRunning, hold_run_lock
    from publisher.cli import output
    from publisher.cli.signals import stop_on_signals

    stop = threading.Event()
    signal_received = stop_on_signals(stop)
    code = 0
    with settings_of(context).open(stop) as opened:
        zone = opened.config.site.timezone
        opened.check_signing()
        try:
            with hold_run_lock(opened.database.path, opened.clock().astimezone(zone)):
                code = _run_once(opened, as_json=as_json) if once else _run_on(opened, as_json=as_json)
        except AlreadyRunning as error:
            if as_json:
                output.print_json({"already_running": str(error)})
            else:
                typer.echo(str(error))
    raise typer.Exit(130 if signal_received() == signal.SIGINT else code)


def _run_once(opened: Context, *, as_json: bool) -> int:
    from publisher.app.operating import run_pass
    from publisher.cli import output
    from publisher.cli.passes import pass_as_mapping, print_pass
    from publisher.cli.returned import read_returned
    from publisher.cli.websub import pings_as_mapping, print_pings, tell_hubs

    returned = read_returned(opened)
    report = run_pass(opened)
    pings = tell_hubs(opened)
    if as_json:
        output.print_json({**pass_as_mapping(opened, report), "websub": pings_as_mapping(pings), **returned})
    else:
        print_pass(opened, report)
        print_pings(pings)
    return 1 if report.has_failed else 0


def _run_on(opened: Context, *, as_json: bool) -> int:
    from publisher.app.folders import list_files
    from publisher.cli.returned import bounces_at_work
    from publisher.cli.websub import websub_at_work
    from publisher.log import configure_log, get_log
    from publisher.scheduler import run_until_stopped
    from publisher.sources.feed.articles import without_password

    config = opened.config
    configure_log(as_json=as_json or config.log.format == "json", level=config.log.level)
    log = get_log()
    articles = [without_password(source.key) for source in config.articles]
    log.info("started", articles=articles, newsletters=list(config.newsletters))

    def fingerprint() -> object:
        try:
            return list_files(config)
        except PublisherError:  # the pass says what is wrong
            return None

    folders = [config.folder_path(folder) for folder in config.folders]
    with websub_at_work(opened, log), bounces_at_work(opened, log), _serving(opened, log):
        run_until_stopped(_Passes(opened, log), folders, fingerprint, opened.stop)
    log.info("stopped")
    return 0


@contextmanager
def _serving(opened: Context, log: Any) -> Iterator[None]:
    """With our own server beside the passes, when the configuration has one."""
    if opened.config.web is None:
        yield
        return
    from publisher.web.server import serving

    with serving(opened, opened.config.web.listen) as address:
        log.info("listening", address=address)
        yield


class _Passes:
    """Pass after pass, whatever goes wrong in one of them; the next tick tries again."""

    def __init__(self, opened: Context, log: Any) -> None:
        self._opened = opened
        self._log = log
        self._known_problems: set[str] = set()
        self._last_reason = ""
        # A relay that refuses us is not asked at every tick: accounts are locked for less.
        self._delay = 0.0
        self._send_at = 0.0

    def __call__(self) -> None:
        from publisher.app.operating import run_pass

        try:
            report = run_pass(self._opened, send=time.monotonic() >= self._send_at)
        except PublisherError as error:  # a locked database, a full disk, a missing folder
            self._complain(str(error))
            return
        except Exception as error:  # noqa: BLE001 - one article that nobody thought of must not end the service
            self._complain(f"unexpected {type(error).__name__}, please report {write_crash_log(error)}")
            return
        finally:
            self._opened.pool.close()  # large work is rare, and its processes would wait for it till the end
        self._last_reason = ""
        self._back_off(report)
        _log_pass(self._log, report, self._known_problems)

    def _complain(self, reason: str) -> None:
        if reason.partition(", please report")[0] != self._last_reason:
            self._log.error("pass failed", reason=reason)
        self._last_reason = reason.partition(", please report")[0]

    def _back_off(self, report: PassReport) -> None:
        if report.sent.trouble or report.notices.trouble:
            self._delay = min(_LONGEST_DELAY, max(_FIRST_DELAY, 2 * self._delay))
            self._send_at = time.monotonic() + self._delay
        elif report.sent.accepted or report.notices.accepted:
            self._delay = 0.0


def _log_pass(log: Any, report: PassReport, known_problems: set[str]) -> None:
    """Only what is news: a quiet pass says nothing, a file that stays wrong is named once."""
    problems = {str(problem) for problem in report.scan.problems}
    notes = {str(note) for note in report.scan.notes}
    if report.removed:
        log.info("old deliveries removed", number=report.removed)
    log.debug("pass", files=report.scan.files, read=report.scan.read, feeds=report.feeds.feeds)
    for problem in sorted(problems - known_problems):
        log.warning("skipped", problem=problem)
    for note in sorted(notes - known_problems):
        log.warning("read without a field", problem=note)
    if report.scan.first_seen:
        log.info("new articles", titles=[article.title for article in report.scan.first_seen][:20])
    _log_feeds(log, report.feeds)
    _log_issues(log, report.issues, known_problems)
    known_problems.clear()
    known_problems.update(problems, notes, report.issues.failed.values(), _list_waiting(report.issues))
    _log_notices(log, report.notices)
    _log_sent(log, report.sent)


def _log_feeds(log: Any, feeds: PublishReport) -> None:
    if feeds.written or feeds.removed:
        log.info("feeds", written=len(feeds.written), removed=len(feeds.removed))
    for path, reason in feeds.failed:
        log.error("feed not replaced", file=path, reason=reason)
    for path, number in feeds.dropped:
        log.warning("no room in feed", file=path, left_out=number)


def _log_issues(log: Any, made: IssueReport, known_problems: set[str]) -> None:
    """An issue that cannot be made is tried in every pass, and told once."""
    for issue in made.created:
        log.info("issue", id=issue.id, newsletter=issue.newsletter, subject=issue.subject, readers=issue.counts.total)
    for issue in made.held:
        log.warning("issue held", id=issue.id, newsletter=issue.newsletter, next=f"publisher issues approve {issue.id}")
    for name, articles in made.too_old.items():
        log.warning("held back for age", newsletter=name, titles=[article.title for article in articles][:20])
    for line in _list_waiting(made):
        if line not in known_problems:
            log.info("not mailed yet", article=line)
    for name, warnings in made.warnings.items():
        log.warning("issue with faults", newsletter=name, warnings=warnings)
    for name, reason in made.failed.items():
        if reason not in known_problems:
            log.error("issue not made", newsletter=name, reason=reason)


def _list_waiting(made: IssueReport) -> list[str]:
    return [f"{title} ({reason})" for found in made.waiting.values() for title, reason in found]


def _log_notices(log: Any, sent: NoticeReport) -> None:
    if sent.accepted or sent.deferred or sent.failed or sent.uncertain:
        counts = {"accepted": sent.accepted, "deferred": sent.deferred, "failed": sent.failed}
        log.info("notices", **counts, uncertain=sent.uncertain)
    if sent.trouble:
        log.error("notices stopped", reason=sent.trouble)


def _log_sent(log: Any, sent: SendReport) -> None:
    if sent.accepted or sent.deferred or sent.failed or sent.uncertain:
        log.info("sent", accepted=sent.accepted, deferred=sent.deferred, failed=sent.failed, uncertain=sent.uncertain)
    for reason in sent.broken:
        log.error("issue not sent", reason=reason)
    for reason in [] if sent.trouble else sent.lost:
        log.warning("relay left out", reason=reason)
    if sent.trouble:
        log.error("sending stopped", reason=sent.trouble)
