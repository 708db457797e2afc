"""How far a reader is: each article once, in whatever order mails and waiting articles come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.issues.progress import Progress, Reach, read_progress

SEQS = st.integers(-5, 30)
PROGRESS = st.builds(lambda last, ahead: Progress(last, frozenset(s for s in ahead if s > last)), SEQS, st.sets(SEQS))
REACH = st.builds(lambda seen, waiting: Reach(seen, tuple(sorted(waiting))), SEQS, st.sets(SEQS, max_size=4))


@given(PROGRESS)
def test_what_is_written_is_read_back(progress: Progress) -> None:
    assert read_progress(progress.last_seq, progress.write_ahead()) == progress


@given(PROGRESS, st.sets(SEQS), st.none() | REACH)
def test_it_never_goes_back_and_knows_what_was_mailed(
    progress: Progress, mailed: set[int], reach: Reach | None
) -> None:
    after = progress.advance(mailed, reach)
    assert after.last_seq >= progress.last_seq
    assert all(after.has([seq]) for seq in mailed)
    assert all(after.has([seq]) for seq in range(-5, 31) if progress.has([seq]))
    assert all(seq > after.last_seq for seq in after.ahead)


@given(PROGRESS, st.sets(SEQS), REACH)
def test_what_has_to_wait_is_still_new_afterwards(progress: Progress, mailed: set[int], reach: Reach) -> None:
    after = progress.advance(mailed, reach)
    assert all(not after.has([seq]) for seq in reach.waiting if seq not in mailed and not progress.has([seq]))


@given(PROGRESS, REACH)
def test_what_was_looked_at_before_anything_that_waits_is_dealt_with(progress: Progress, reach: Reach) -> None:
    after = progress.advance((), reach)
    first = min((seq for seq in reach.waiting if seq > progress.last_seq), default=99)
    assert all(after.has([seq]) for seq in range(-5, reach.seen + 1) if seq < first)


def test_without_a_reach_only_what_was_mailed_is_dealt_with() -> None:
    after = Progress(3).advance([6], None)
    assert after == Progress(3, frozenset({6}))
    assert [after.has([seq]) for seq in (3, 4, 6)] == [True, False, True]


def test_an_article_is_known_by_any_of_its_translations() -> None:
    assert Progress(3).has([2, 9])
    assert Progress(3, frozenset({9})).has([7, 9])
    assert not Progress(3).has([4, 9])
