"""Fixtures that every room uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.site import Site

# On a developer's machine every run tries other examples; a gate must give the same answer to the same commit.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A configured site without articles or subscribers."""
    made = Site(tmp_path)
    made.configure()
    return made
