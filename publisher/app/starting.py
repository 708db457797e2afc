"""The verb `start_site`: the files a new site begins with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from publisher.errors import UsageError
from publisher.files import write_if_changed
from publisher.templating import Templates


def start_site(folder: Path) -> list[tuple[Path, bool]]:
    """(file, written?) for each; a file that exists is never touched.

    Raises UsageError when the folder cannot be written to.
    """
    today = datetime.now().astimezone().date()
    templates = Templates(None)
    files = {
        folder / "config.yaml": "init/config.yaml",
        folder / "articles" / f"{today:%Y%m%d}-hello.md": "init/article.md",
        folder / ".gitignore": "init/gitignore",
    }
    has_articles = (folder / "articles").is_dir()
    result = []
    for path, template in files.items():
        if path.exists() or (has_articles and template == "init/article.md"):
            result.append((path, False))
            continue
        try:
            write_if_changed(path, (templates.render(template, date=f"{today}").rstrip() + "\n").encode("utf-8"))
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
        result.append((path, True))
    return result
