"""Copies of pictures for mail: small JPEGs and PNGs in the output folder, named by what they were made from."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from publisher.config import Config
from publisher.files import write_if_changed
from publisher.model.rendered import Embedded
from publisher.pictures import shrink_picture

FOLDER = "mail"
LARGEST = 20_000_000  # bytes of a picture that is copied
LEFT_ALONE = ""  # stands for the name of a copy, where none is to be made

_ENDINGS = ("jpg", "png")
_STEM = re.compile(rf"{FOLDER}/[0-9a-f]{{24}}-\d{{1,4}}-\d{{1,2}}")


class Copier:
    """Makes each copy once, and takes none away: mails show them for ever. `trouble` is the last one there was."""

    def __init__(self, config: Config) -> None:
        self._output = config.output_dir
        self._url = config.feeds_url
        self._width, self._quality = config.mail.images.width, config.mail.images.quality
        self.trouble = ""

    def copy(self, content: bytes) -> str | None:
        """The name of the copy below the output folder; None when it could not be written."""
        stem = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:24]}{self._sign}"
        for ending in _ENDINGS:
            if (self._output / f"{stem}.{ending}").is_file():
                return f"{stem}.{ending}"
        made = shrink_picture(content, self._width, self._quality)
        if made is None:
            return LEFT_ALONE
        name = f"{stem}.{made.ending}"
        try:
            write_if_changed(self._output / name, made.content)
        except OSError as error:
            self.trouble = f"no copies of pictures in {self._output / FOLDER}: {error.strerror}"
            return None
        return name

    def copy_file(self, path: Path) -> str | None:
        """As `copy`; what cannot be read is left alone."""
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError:
            return LEFT_ALONE
        return LEFT_ALONE if len(content) > LARGEST else self.copy(content)

    def is_current(self, name: str | None) -> bool:
        """Whether a picture is copied as the configuration wants it today."""
        if not name:
            return name == LEFT_ALONE
        return name.rpartition(".")[0].endswith(self._sign) and (self._output / name).is_file()

    def url_of(self, name: str | None) -> str:
        return f"{self._url}{name}" if name and self.is_current(name) else ""

    def read(self, url: str) -> Embedded | None:
        """The copy that this is the address of, whole; None for any other picture, and for one that is gone."""
        name = url.removeprefix(self._url)
        stem, _, kind = name.rpartition(".")
        if name == url or kind not in _ENDINGS or not _STEM.fullmatch(stem):
            return None
        try:
            return Embedded(url, kind, (self._output / name).read_bytes())
        except OSError:
            return None

    @property
    def _sign(self) -> str:
        return f"-{self._width}-{self._quality}"
