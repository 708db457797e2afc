"""Fixtures that every room uses."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.site import Site

# On a developer's machine every run tries other examples; a gate must give the same answer to the same commit.
# It may be slow and shared, too: how long an example takes there says nothing about the code.
settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("CI"):
    settings.load_profile("gate")

# Processes of tests keep what they compile, as an installation does, instead of compiling the whole product each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Nothing that is loaded before the tests begin is garbage: looking for it takes a fifth of that time.
gc.disable()


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: no look for garbage goes through them again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # the program has said "never" as it was loaded, until a command begins
    gc.enable()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A configured site without articles or subscribers."""
    made = Site(tmp_path)
    made.configure()
    return made
