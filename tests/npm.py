"""Packages of npm for tests: installed once for each set of versions, outside the repository.

Node's readers see feeds with other eyes than Python's. Where there is no Node, or no registry that answers, these tests
are skipped with the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_WAIT = 90  # seconds for the registry


def node_modules(*packages: str) -> Path:
    """The `node_modules` that holds `packages`, each as `name@version`; skips the test when it cannot be had."""
    found = _install(packages)
    if isinstance(found, str):
        pytest.skip(found)
    return found


def run_node(script: str, modules: Path, *arguments: str) -> Any:
    """What `script`, an ES module beside `modules`, prints as JSON."""
    file = modules.parent / f"{hashlib.sha256(script.encode()).hexdigest()[:16]}.mjs"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["node", str(file), *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=modules.parent
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def _install(packages: tuple[str, ...]) -> Path | str:
    """The folder, or why there is none; the answer holds for the whole run, so that a dead registry is asked once."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "no node and npm here"
    name = hashlib.sha256("\n".join(packages).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"publisher-tests-{os.getuid()}" / name
    modules = folder / "node_modules"
    if (folder / "done").is_file():
        return modules
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WAIT, check=False)
    except subprocess.TimeoutExpired:
        return f"the npm registry gave nothing for {_WAIT} seconds"
    if done.returncode:
        last = done.stderr.strip().splitlines() or ["no reason given"]
        return f"npm cannot install {' '.join(packages)}: {last[-1]}"
    (folder / "done").touch()
    return modules
