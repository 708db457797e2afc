"""The site that is built once for all tests that only read its files."""

from __future__ import annotations

import pytest

from tests.feeds.everything import Everything, write_everything
from tests.site import Site


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    site = Site(tmp_path_factory.mktemp("everything"))
    write_everything(site)
    site.run("build")
    return Everything(site)
