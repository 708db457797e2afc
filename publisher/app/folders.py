"""The folders under `articles:`: where each is, how its files are to be read, and what is in it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.config import ArticleFolder, Config
from publisher.errors import Problem
from publisher.sources.read import ReadingRules
from publisher.sources.walk import Listing, walk


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder of articles as it is at this moment."""

    folder: ArticleFolder
    directory: Path
    rules: ReadingRules
    listing: Listing


def open_folders(config: Config) -> list[OpenFolder]:
    """Every folder, walked once; no file is opened.

    Raises UsageError when one is missing.
    """
    found: list[OpenFolder] = []
    for folder in config.folders:
        directory = config.folder_path(folder)
        found.append(OpenFolder(folder, directory, _rules(config, folder), walk(directory, _prefix(config, folder))))
    return found


def shown_path(config: Config, path: str) -> str:
    """A path of the index as a person would type it, from the folder of the config."""
    return path if len(config.folders) != 1 or "://" in path else f"{config.folders[0].path}/{path}"


def shown_problems(config: Config, problems: Sequence[Problem]) -> list[Problem]:
    return [replace(problem, file=shown_path(config, problem.file)) for problem in problems]


def _prefix(config: Config, folder: ArticleFolder) -> str:
    """Goes before every path of the index, so that files of two folders are two files."""
    return f"{folder.path}/" if len(config.folders) > 1 else ""


def _rules(config: Config, folder: ArticleFolder) -> ReadingRules:
    return ReadingRules(
        site_url=config.site.url,
        url_pattern=folder.url,
        language=config.site.language,
        zone=config.site.timezone,
        fields=tuple(sorted(folder.fields.items())),
        source=folder.key,
        prefix=_prefix(config, folder),
        aliases=folder.alias_pairs,
    )
