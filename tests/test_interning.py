"""Names that articles share."""

from __future__ import annotations

import pickle
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from publisher.interning import Interner
from tests.feeds.builders import make_article

words = st.lists(st.text(max_size=5), max_size=4).map(tuple)


@given(st.lists(st.tuples(words, words), max_size=5))
def test_articles_stay_what_they_were_and_share_their_names(
    names: list[tuple[tuple[str, ...], tuple[str, ...]]],
) -> None:
    articles = [replace(make_article(), tags=tags, categories=categories) for tags, categories in names]
    fresh = [pickle.loads(pickle.dumps(article)) for article in articles]  # noqa: S301 - our own bytes
    interner = Interner()
    interner.intern([*fresh[:2], None])
    interner.intern(fresh[2:])
    assert fresh == articles
    used = [
        word for article in fresh for word in (*article.tags, *article.categories, article.language, article.source)
    ]
    assert len({id(word) for word in used}) == len(set(used))
