"""What others call the state that somebody is in. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.model.subscriber import SubscriberState
from publisher.subscribers.lists.columns import fold

_WORDS: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: "active subscribed enabled confirmed yes true 1 有効 購読中 配信中 登録済み",
    SubscriberState.PENDING: "pending unconfirmed unactivated 仮登録 未確認",
    SubscriberState.UNSUBSCRIBED: "unsubscribed optedout left removed disabled no false 0 無効 解除 配信停止 停止 退会",
    SubscriberState.SUPPRESSED: "suppressed bounced cleaned complained spam spammy blocked blocklisted blacklisted "
    "undeliverable 不達 エラー",
}
_STATES: Mapping[str, SubscriberState] = {
    fold(word): state for state, words in _WORDS.items() for word in words.split()
}
_YES = frozenset({"true", "1", "yes"})


def read_status(text: str) -> SubscriberState | None:
    """None for a word that nobody has told us; an empty one is no word, and means active."""
    return _STATES.get(fold(text)) if text else SubscriberState.ACTIVE


def is_yes(text: str) -> bool:
    return text.casefold() in _YES
