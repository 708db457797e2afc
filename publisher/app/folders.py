"""The folders under `articles:`: where each is, how its files are to be read, and what is in it now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.config import ArticleFolder, Config
from publisher.errors import Problem
from publisher.model.source import SourceFile
from publisher.sources.authorsfile import load_authors
from publisher.sources.detect import Decision, decide
from publisher.sources.location import find_language_folders
from publisher.sources.presets import AUTO, PRESETS, Preset, base_of
from publisher.sources.rules import ReadingRules
from publisher.sources.walk import Listing, walk

_PRESET_FACT = "preset"


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder of articles as it is at this moment. `decision` says which preset, `note` what else there is to say."""

    folder: ArticleFolder
    directory: Path
    rules: ReadingRules
    listing: Listing
    decision: Decision
    note: str = ""


def open_folders(config: Config, decided: Mapping[str, Decision]) -> list[OpenFolder]:
    """Every folder, walked once; no article is opened. `decided` are presets that `auto` found before, by source.

    Raises UsageError when a folder is missing.
    """
    return [_open(config, folder, decided.get(folder.key)) for folder in config.folders]


def list_files(config: Config) -> list[tuple[SourceFile, ...]]:
    """What lies in the folders, to be compared with what lies there later.

    Raises UsageError when a folder is missing.
    """
    return [walk(config.folder_path(folder)).files for folder in config.folders]


def decision_fact(source: str) -> str:
    """The name of the fact that holds what `auto` decided for a folder."""
    return f"{_PRESET_FACT} of {source}"


def write_decision(decision: Decision) -> str:
    return json.dumps({"preset": decision.preset, "why": decision.why}, ensure_ascii=False)


def load_decisions(config: Config, facts: Mapping[str, str]) -> dict[str, Decision]:
    """What is stored of the folders, without what a newer program may have written."""
    found: dict[str, Decision] = {}
    for folder in config.folders:
        stored = json.loads(facts.get(decision_fact(folder.key), "null"))
        if isinstance(stored, dict) and stored.get("preset") in PRESETS:
            found[folder.key] = Decision(stored["preset"], str(stored.get("why", "")))
    return found


def shown_path(config: Config, path: str) -> str:
    """A path of the index as a person would type it, from the folder of the config."""
    return path if len(config.folders) != 1 or "://" in path else f"{config.folders[0].path}/{path}"


def shown_problems(config: Config, problems: Sequence[Problem]) -> list[Problem]:
    return [replace(problem, file=shown_path(config, problem.file)) for problem in problems]


def path_prefix(config: Config, folder: ArticleFolder) -> str:
    """Goes before every path of the index, so that files of two folders are two files."""
    return f"{folder.path}/" if len(config.folders) > 1 else ""


def decide_preset(config: Config, folder: ArticleFolder) -> Decision:
    """What `auto` says of the folder as it is today; what the config says, where it says something."""
    if folder.preset != AUTO:
        return Decision(folder.preset, "config.yaml has it, or had it")
    from publisher.sources.survey import survey  # noqa: PLC0415 - needed once in the life of a folder

    return decide(survey(config.folder_path(folder)))


def _open(config: Config, folder: ArticleFolder, decided: Decision | None) -> OpenFolder:
    directory, prefix = config.folder_path(folder), path_prefix(config, folder)
    decision = decided if decided and folder.preset == AUTO else decide_preset(config, folder)
    preset = PRESETS[decision.preset]
    listing = walk(directory, prefix, preset.leaves_out)
    authors, note = load_authors(directory, config.site.url)
    names = (file.path.removeprefix(prefix) for file in listing.files)
    languages = find_language_folders(names, config.site.language)
    rules = _rules(config, folder, preset)
    rules = replace(rules, authors=authors, languages=languages, prefix=prefix)
    return OpenFolder(folder, directory, rules, listing, decision, note)


def _rules(config: Config, folder: ArticleFolder, preset: Preset) -> ReadingRules:
    return ReadingRules(
        site_url=config.site.url,
        url_pattern=folder.url,
        language=config.site.language,
        zone=config.site.timezone,
        preset=preset,
        base=base_of(folder.path, preset.roots),
        fields=dict(folder.fields.items()),
        source=folder.key,
        aliases=folder.alias_pairs,
    )
