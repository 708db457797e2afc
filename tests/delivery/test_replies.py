"""Replies cut out of what comes, wherever the packets end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.transports.replies import Replies
from publisher.delivery.transports.wire import Reply

SAID = (
    b"250 2.0.0 Ok: queued\r\n250-mail.example.com\r\n250-PIPELINING\r\n250 SIZE 1000\r\n354 go\n250\r\n"
    b"" + "はい".encode() + b"\r\n-\r\n451 4.3.0 \r\n"
)
MEANT: list[Reply] = [
    (250, b"2.0.0 Ok: queued"),
    (250, b"mail.example.com\nPIPELINING\nSIZE 1000"),
    (354, b"go"),
    (250, b""),
    (-1, "はい".encode()[4:]),
    (-1, b""),
    (451, b"4.3.0"),
]


def take_all(replies: Replies) -> list[Reply]:
    return list(iter(replies.take, None))


@given(st.lists(st.integers(0, len(SAID)), max_size=8))
def test_replies_are_the_same_wherever_packets_end(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(SAID)]
    replies, found = Replies(), list[Reply]()
    for start, end in pairwise(ends):
        if start < end:
            replies.feed(SAID[start:end])
            found += take_all(replies)
    assert found == MEANT


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_nonsense_is_an_answer_without_a_code_or_no_answer(packets: list[bytes]) -> None:
    replies = Replies()
    for packet in packets:
        replies.feed(packet)
    assert len(take_all(replies)) <= b"".join(packets).count(b"\n")


def test_the_end_of_a_connection_is_an_error() -> None:
    with pytest.raises(OSError, match="hung up"):
        Replies().feed(b"")


@pytest.mark.parametrize(
    ("line", "count", "words"),
    [(b"250-" + b"x" * 200, 100, "too long"), (b"250-one more\r\n", 200, "too many lines")],
    ids=["a line", "lines"],
)
def test_what_has_no_end_is_given_up(line: bytes, count: int, words: str) -> None:
    replies = Replies()
    replies.feed(b"250 before\r\n")
    with pytest.raises(OSError, match=words):  # noqa: PT012 - at which packet is not the point
        for _ in range(count):
            replies.feed(line)
            replies.take()
