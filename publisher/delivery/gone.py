"""Whom servers say they do not have, or cannot take mail for: readers, or a server that has lost its mind. Pure.

A mailbox that is refused as unknown must not be written to again. But providers have refused, for hours, mailboxes that
were there (Gmail on 15 December 2020, with 5.1.1), and a relay that was set up wrongly refuses all alike. So a
provider is believed at once as long as it knows most of those whom we ask for. What is doubted counts as a soft bounce:
a firm that has closed down says the same on other days, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from publisher.addresses import domain_of
from publisher.delivery.providers import provider_of
from publisher.model.delivery import DeliveryState, FailureClass
from publisher.storage.deliveries import Settlement

FEW = 10  # unknown at one provider: so many are believed in any case
MOST_KEPT = 30_000  # of all providers; the next issue finds the others, and memory does not grow with the list

# What a refusal can be about that is, or may be, the reader's own; all else is about the mail, the sender or the way.
_OF_A_READER = {FailureClass.ADDRESS, FailureClass.MAILBOX, FailureClass.OTHER}


class Gone:
    """Of one run of the sender."""

    def __init__(self) -> None:
        self._answered: Counter[str] = Counter()
        self._number: Counter[tuple[str, FailureClass]] = Counter()
        self._kept: defaultdict[tuple[str, FailureClass], list[Settlement]] = defaultdict(list)
        self._room = MOST_KEPT

    def note(self, answer: Settlement) -> None:
        """Hear one answer of a server."""
        if not answer.code:
            return
        provider = provider_of(domain_of(answer.claim.delivery.email))
        self._answered[provider] += 1
        if answer.state is DeliveryState.FAILED and answer.reason in _OF_A_READER:
            self._number[provider, answer.reason] += 1
            if self._room:
                self._room -= 1
                self._kept[provider, answer.reason].append(answer)

    def believed(self) -> list[Settlement]:
        """The refusals of those who are gone."""
        return self._list(FailureClass.ADDRESS, is_doubted=False)

    def soft(self) -> list[Settlement]:
        """The refusals that mean something only if they happen again.

        Those of unknown mailboxes that are doubted, of full ones, and those that do not tell why; unless most at a
        provider get these: then they are about us.
        """
        doubted = self._list(FailureClass.ADDRESS, is_doubted=True)
        full = [*self._list(FailureClass.MAILBOX, is_doubted=False), *self._list(FailureClass.MAILBOX, is_doubted=True)]
        return [*doubted, *full, *self._list(FailureClass.OTHER, is_doubted=False)]

    def doubted(self) -> dict[str, tuple[int, int]]:
        """Providers that do not know so many of so many readers, which cannot be; those of the most readers first."""
        numbers = {name: number for (name, reason), number in self._number.items() if reason is FailureClass.ADDRESS}
        return {
            name: (number, self._answered[name])
            for name, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
            if self._is_doubted(name, FailureClass.ADDRESS)
        }

    def _list(self, wanted: FailureClass, *, is_doubted: bool) -> list[Settlement]:
        return [
            answer
            for (provider, reason), kept in self._kept.items()
            if reason is wanted and self._is_doubted(provider, reason) is is_doubted
            for answer in kept
        ]

    def _is_doubted(self, provider: str, reason: FailureClass) -> bool:
        number = self._number[provider, reason]
        return number > FEW and number * 2 > self._answered[provider]
