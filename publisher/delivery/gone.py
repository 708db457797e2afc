"""Whom servers say they do not have: an address that is gone, or a server that has lost its mind. Pure.

A mailbox that is refused as unknown must not be written to again. But providers have refused, for hours, mailboxes that
were there (Gmail on 15 December 2020, with 5.1.1), and a relay that was set up wrongly refuses all alike. So a
provider is believed as long as it knows most of those whom we ask for.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from publisher.addresses import domain_of
from publisher.delivery.providers import provider_of
from publisher.model import DeliveryState, FailureClass
from publisher.storage.deliveries import Settlement

FEW = 10  # unknown at one provider: so many are believed in any case
MOST_KEPT = 30_000  # of all providers; the next issue finds the others, and memory does not grow with the list


class Gone:
    """Of one run of the sender."""

    def __init__(self) -> None:
        self._answered: Counter[str] = Counter()
        self._number: Counter[str] = Counter()
        self._kept: defaultdict[str, list[Settlement]] = defaultdict(list)
        self._room = MOST_KEPT

    def note(self, answer: Settlement) -> None:
        """Hear one answer of a server."""
        if not answer.code:
            return
        provider = provider_of(domain_of(answer.claim.delivery.email))
        self._answered[provider] += 1
        if answer.state is DeliveryState.FAILED and answer.reason is FailureClass.ADDRESS:
            self._number[provider] += 1
            if self._room:
                self._room -= 1
                self._kept[provider].append(answer)

    def believed(self) -> list[Settlement]:
        """The refusals of those who are gone."""
        return [answer for provider, kept in self._kept.items() if not self._is_doubted(provider) for answer in kept]

    def doubted(self) -> dict[str, tuple[int, int]]:
        """Providers that do not know so many of so many readers, which cannot be."""
        return {name: (self._number[name], self._answered[name]) for name in self._number if self._is_doubted(name)}

    def _is_doubted(self, provider: str) -> bool:
        number = self._number[provider]
        return number > FEW and number * 2 > self._answered[provider]
