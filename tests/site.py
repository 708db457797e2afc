"""A site in a temporary folder: real files, a real database, a clock that stands still until it is told to move."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from publisher.app.context import Context, open_context
from tests.forks import forks

CONFIG = """\
site:
  title: 試験ノート
  url: https://note.example
  language: ja
  timezone: Asia/Tokyo
  description: 毎日の技術
articles: {path: articles}
feeds: {limit: 20}
newsletters:
  weekly:
    title: 週刊試験ノート
    from: "試験ノート <news@note.example>"
    schedule: "0 8 * * mon"
  new-article:
    title: 試験ノート 新着
    from: "試験ノート <news@note.example>"
    schedule: on-publish
    burst: 3
organisation: {name: 試験ノート社, address: 東京都千代田区1-1, contact: https://note.example/contact}
delivery: {transport: "maildir:outbox"}
database: sqlite:///publisher.db
secret_key: a-key-for-tests
"""
# A Thursday, 12:00 in Tokyo.
START = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Site:
    folder: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def articles(self) -> Path:
        return self.folder / "articles"

    @property
    def output(self) -> Path:
        return self.folder / "public"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def configure(self, text: str = CONFIG) -> None:
        self.articles.mkdir(exist_ok=True)
        self.config.write_text(text, encoding="utf-8")

    def write(
        self, name: str, title: str, *, date: str = "2026-11-18", body: str = "本文です。🎉", **front: Any
    ) -> Path:
        """An article; further front matter by keyword, written as JSON, which is YAML too."""
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
        head = [f"title: {json.dumps(title, ensure_ascii=False)}", f'date: "{date}"', *lines]
        return self.write_raw(name, "---\n" + "\n".join(head) + f"\n---\n\n{body}\n")

    def write_raw(self, name: str, text: str) -> Path:
        path = self.articles / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    @contextmanager
    def open(self) -> Iterator[Context]:
        with open_context(self.config, clock=self.clock) as context:
            yield context

    def mails(self) -> list[EmailMessage]:
        """What lies in the outbox, oldest delivery first."""
        folder = self.folder / "outbox" / "new"
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """The real command in a process of its own, in the site's folder."""
        result = forks().run(arguments, self.folder)
        assert result.returncode == code, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def run_json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)
