"""Which articles are translations of each other, as the paths of their files say."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.app.folders import path_prefix
from publisher.config import Config
from publisher.model.article import Article
from publisher.sources.location import find_language_folders, locate


def find_translations(config: Config, articles: Sequence[Article]) -> dict[str, str]:
    """A key by article id, for those with a file: what is the same but for the language in the path has the same.

    Empty where all is in one language.
    """
    if len({article.language.lower() for article in articles}) < 2:
        return {}
    keys: dict[str, str] = {}
    for folder in config.folders:
        prefix = path_prefix(config, folder)
        own = {article.id: article.path.removeprefix(prefix) for article in articles if article.source == folder.key}
        languages = find_language_folders(own.values(), config.site.language)
        for id_, path in own.items():
            place = locate(path, languages)
            keys[id_] = "\0".join([folder.key, *place.folders, place.name, str(place.is_bundle)])
    return keys
