"""What counts as a change of a text, and what is a correction."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.sources.sketch import THRESHOLD, is_new_title, is_significant, sketch_text

JAPANESE = "湯守りのサエさんは毎朝、桶に手をひたして湯加減を見ます。センサーはその手つきを数字で覚えます。"
ENGLISH = "Every morning the keeper dips her hand into the tub, and the sensor learns what she feels there. "

_SCRIPTS = [
    "ぬるめの湯がすきな猫村技術器一上不々ー、。",
    "abcdefghijklmnopqrstuvwxyzABC0123456789,.'",
    "абвгдежзий한국어の🎉𠮷",
]
letters = st.sampled_from(_SCRIPTS).flatmap(st.sampled_from)
words = st.text(letters, min_size=1, max_size=12)
texts = st.lists(words | st.sampled_from([JAPANESE, ENGLISH]), max_size=60).map(" ".join)
paragraphs = st.lists(words, min_size=1).map(" ".join).map(lambda text: (text + JAPANESE + ENGLISH)[: len(text) + 90])


def differ(old: str, new: str) -> bool:
    forth = is_significant(sketch_text(old), sketch_text(new))
    assert forth == is_significant(sketch_text(new), sketch_text(old))
    return forth


@given(
    st.text(st.characters(codec=None) | st.sampled_from(" \n\t\u3000\r\u00a0 a"), max_size=200).filter(
        lambda text: not set(text) & set("<(:")
    )
)
def test_letters_are_counted_one_by_one(text: str) -> None:
    counts = [0] * 48
    for unit in text.translate(dict.fromkeys(map(ord, " \n\t\u3000"))).encode("utf-16-le", "surrogatepass")[::2]:
        counts[unit % 48] += 1
    assert struct.unpack("<B48H", sketch_text(text)) == (1, *counts)
    assert struct.unpack("<B48H", sketch_text(text, is_one_of_many=True)) == (1, *counts)


@settings(deadline=None)
@given(text=texts, place=st.integers(0), typo=letters | st.just(""), kind=st.sampled_from(["put", "take", "swap"]))
def test_a_typo_never_counts(text: str, place: int, typo: str, kind: str) -> None:
    at = place % (len(text) + 1)
    rest = text[at:]
    mended = {"put": typo + rest, "take": typo + rest[1:], "swap": rest[1:2] + rest[:1] + rest[2:]}[kind]
    assert not differ(text, text[:at] + mended)


@settings(deadline=None)
@given(text=texts, place=st.integers(0), paragraph=paragraphs)
def test_a_new_paragraph_always_counts(text: str, place: int, paragraph: str) -> None:
    at = place % (len(text) + 1)
    assert differ(text, f"{text[:at]}\n\n{paragraph}\n\n{text[at:]}")


@pytest.mark.parametrize("text", [JAPANESE, ENGLISH])
def test_what_counts_does_not_depend_on_the_length_of_the_text(text: str) -> None:
    long = text * 2_000
    assert not differ(long, long.replace(text, text[:-3] + "!" + text[-2:], 1))
    assert differ(long, long + text + text)


def test_a_rewritten_paragraph_counts_in_either_language() -> None:
    other = "山あいの村では、古い水車をなおして小さな発電所にしました。夜になると、橋の上の灯りがいっせいにともります。"
    assert differ(JAPANESE * 3, JAPANESE + other * 2)
    tale = "Quite another tale: 1,400 gold fish jumped over a buzzing wall of jazz, vexing zoo folk with quick hops. "
    assert differ(ENGLISH * 4, ENGLISH * 2 + tale * 2)


def test_a_word_or_a_date_put_right_does_not_count() -> None:
    assert not differ(JAPANESE, JAPANESE.replace("センサー", "湯面センサー「ユモリ」"))
    assert not differ(ENGLISH, ENGLISH.replace("the keeper", "Sae the innkeeper"))
    assert not differ("公開は2026年10月1日から。", "公開は2027年3月31日から。")


def test_blanks_and_addresses_do_not_count() -> None:
    pictures = "".join(f"![図](/images/{number}.png)\n" for number in range(50))
    moved = "".join(f"![図](https://cdn.example/very/long/folder/{number}.webp)\n" for number in range(50))
    assert not differ(pictures, moved)
    assert not differ(ENGLISH * 9, ENGLISH.replace(" ", "\n") * 9)
    assert not differ("<https://a.example/" + "x" * 200 + ">", "<https://b.example/>")


def test_the_threshold_is_where_it_is_said_to_be() -> None:
    assert not differ(ENGLISH, ENGLISH + "x" * (THRESHOLD - 1))
    assert differ(ENGLISH, ENGLISH + "x" * THRESHOLD)


def test_a_sketch_is_small_and_another_versions_says_nothing() -> None:
    new = sketch_text(JAPANESE * 100)
    assert len(new) == len(sketch_text("")) <= 256
    older = bytes([new[0] - 1]) + sketch_text("")[1:]
    assert not is_significant(older, new)
    assert not is_significant(b"", new)


@given(texts)
def test_a_text_is_always_itself(text: str) -> None:
    assert not differ(text, text)


@pytest.mark.parametrize("piece", ["](", "https://", "](a ", "http", "語\n", "\ud800"])
def test_any_text_takes_linear_time(piece: str) -> None:
    def clock(times: int) -> float:
        start = time.process_time()
        sketch_text(piece * times)
        return time.process_time() - start

    clock(1_000)
    assert clock(400_000) < max(40 * min(clock(40_000), clock(40_000)), 0.5)


@pytest.mark.parametrize(
    ("old", "new", "is_new"),
    [
        ("湯守りの勘をデータに", "湯守の勘をデータに！", False),
        ("湯守りの勘をデータに", "【追記】湯守りの勘をデータに", False),
        ("湯守りの勘をデータに", "川辺に光る蛍型ドローン", True),
        ("Hot springs learn to count", "Hot Springs Learn To Count", False),
        ("Hot springs learn to count", "Why robots dream of jam", True),
        ("雑記", "雑感", False),
        ("", "", False),
    ],
)
def test_a_title_counts_when_most_of_it_is_new(old: str, new: str, *, is_new: bool) -> None:
    assert is_new_title(old, new) is is_new
    assert is_new_title(new, old) is is_new


@given(title=st.text(letters, max_size=40), place=st.integers(0), typo=letters | st.just(""))
def test_a_typo_in_a_title_never_counts(title: str, place: int, typo: str) -> None:
    at = place % (len(title) + 1)
    assert not is_new_title(title, title[:at] + typo + title[at + 1 :])


@pytest.mark.parametrize(
    "hidden",
    [
        f"<!-- {JAPANESE * 3} -->",
        f"<script>{ENGLISH * 3}</script>",
        f'<div class="{"x" * 200}">',
        f"<!-- {ENGLISH * 3}",
        f"<style>{ENGLISH * 3}",
    ],
)
def test_what_readers_do_not_see_is_no_change(hidden: str) -> None:
    assert not differ(JAPANESE * 3, JAPANESE * 3 + hidden)


def test_what_stands_between_tags_counts() -> None:
    assert differ(JAPANESE, f"{JAPANESE}<p>{ENGLISH}</p>")
