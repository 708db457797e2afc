"""A file to paste into a report, when something happened that nobody thought of."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from publisher import __version__


def write_crash_log(error: BaseException) -> Path:
    """The traceback without values of variables, so that it holds no secret and no address; beside the person."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = f"publisher-error-{stamp}-{os.getpid()}.log"
    text = "\n".join(
        [
            f"publisher {__version__}, Python {platform.python_version()}, {platform.platform()}",
            "".join(traceback.format_exception(error)),
        ]
    )
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / name
        try:
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return Path(os.devnull)
