"""A Maildir that reports are delivered into. What was read moves from `new` to `cur`, seen; what nobody understood is
flagged too. Nothing is deleted. A Maildir that is not there yet is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.bounces.letter import LARGEST_MAIL
from publisher.bounces.mailbox import Fate, Item
from publisher.errors import FetchError


class MaildirMailbox:
    """The mails in `new`, oldest first as their names go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, limit: int) -> Iterator[Item]:
        try:
            if not self._folder.exists():  # nothing has come yet; whoever delivers needs all three
                for part in ("tmp", "cur", "new"):
                    (self._folder / part).mkdir(parents=True)
            names = sorted(path.name for path in (self._folder / "new").iterdir())[:limit]
        except OSError as error:
            raise FetchError(f"{self._folder / 'new'}: cannot be read: {error.strerror}") from error
        for name in names:
            path = self._folder / "new" / name
            try:
                with path.open("rb") as file:
                    content = file.read(LARGEST_MAIL)
            except FileNotFoundError:
                continue  # another program has moved it
            except OSError as error:
                raise FetchError(f"{path}: cannot be read: {error.strerror}") from error
            yield Item(name, content)

    def settle(self, item: Item, fate: Fate) -> None:
        if fate is Fate.KEEP:
            return
        flags = "FS" if fate is Fate.FLAG else "S"
        try:
            (self._folder / "cur").mkdir(exist_ok=True)
            target = self._folder / "cur" / f"{item.id.partition(':')[0]}:2,{flags}"
            (self._folder / "new" / item.id).rename(target)
        except FileNotFoundError:
            return
        except OSError as error:
            raise FetchError(f"{self._folder}: cannot be changed: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is open."""
