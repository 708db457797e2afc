"""The product's own words: complete in the languages it brings, and a person's own catalogue beside them."""

from __future__ import annotations

import gettext
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalogue import (
    DOMAIN,
    PACKAGED,
    compile_catalogue,
    find_catalogue,
    list_languages,
    name_language,
    write_date,
    write_number,
)
from publisher.errors import TemplateError
from publisher.files import packaged_templates
from publisher.mail.words import words_for

LANGUAGES = ("en", "ja")
SOURCES = (
    "mail/words.py",
    "mail/notice.py",
    "web/preview/pages.py",
    "web/errorpages.py",
    "web/leaving.py",
    "web/confirming.py",
    "web/signup.py",
    "web/signupwords.py",
    "web/preferring.py",
    "web/readerowners.py",
    "web/owndata.py",
)
PAGES = "web/preview/*.html"  # templates that say words of their own accord
IN_TEMPLATE = re.compile(r"""\bsay\("([^"]+)\"""")
DAY = datetime(2026, 11, 20, 8, 0)  # noqa: DTZ001 - only its date is written
HEAD = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {}\\n"\n\n'
GERMAN = HEAD.format("nplurals=2; plural=(n != 1);") + (
    'msgid "Read on"\nmsgstr "Weiterlesen"\n\n'
    'msgid "{number} article"\nmsgid_plural "{number} articles"\nmsgstr[0] "{number} Artikel"\n'
    'msgstr[1] "{number} Artikel zusammen"\n'
)


def source_of(language: str) -> Path:
    return PACKAGED / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def write(folder: Path, language: str, text: str | bytes) -> Path:
    path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def messages_in_code() -> set[str]:
    found: set[str] = set()
    keywords: dict[str, tuple[int, ...] | None] = {"say": None, "count": (1, 2)}
    files = [("python", PACKAGED.parent / name) for name in SOURCES]
    files += [("jinja2.ext:babel_extract", path) for path in sorted(packaged_templates().glob(PAGES))]
    for method, path in files:
        for _, message, _, _ in extract_from_file(method, path, keywords=keywords):
            found.add(message if isinstance(message, str) else message[0])
    for path in (packaged_templates() / "web").glob("*.html"):
        found.update(IN_TEMPLATE.findall(path.read_text(encoding="utf-8")))
    return found


# ------------------------------------------------------------------------------------------------ the packaged ones


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_code_is_translated_and_none_is_left_over(language: str) -> None:
    with source_of(language).open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    messages = [message for message in catalogue if message.id]
    ids = {message.id if isinstance(message.id, str) else message.id[0] for message in messages}
    assert ids == messages_in_code()
    assert len(ids) > 25
    for message in messages:
        assert all(text for text in (message.string if message.pluralizable else [message.string]) or [""]), message.id
        assert not message.fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    """After a change of a .po file: REGENERATE_GOLDENS=1 pytest tests/test_catalogue.py."""
    source = source_of(language)
    compiled = compile_catalogue(source.read_bytes(), source.name)
    if os.environ.get("REGENERATE_GOLDENS"):
        source.with_suffix(".mo").write_bytes(compiled)
    fresh, kept = source.with_name("fresh.mo"), source.with_suffix(".mo")
    fresh.write_bytes(compiled)
    try:
        assert messages_of(fresh) == messages_of(kept)
    finally:
        fresh.unlink()


def messages_of(path: Path) -> dict[object, str]:
    """Without the header, which names the version of the compiler."""
    with path.open("rb") as file:
        found: dict[object, str] = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined] # has no other door
    found.pop("")
    return found


def test_english_says_what_the_messages_say() -> None:
    for message in messages_in_code():
        assert find_catalogue("en").say(message) == message


@pytest.mark.parametrize(
    ("language", "spoken", "words"),
    [
        ("ja", "ja", "続きを読む"),
        ("ja-JP", "ja-JP", "続きを読む"),
        ("JA", "JA", "続きを読む"),
        ("en-GB", "en-GB", "Read on"),
        ("de", "en", "Read on"),
        ("zh-Hant-TW", "en", "Read on"),
        ("../../ja", "en", "Read on"),
        ("", "en", "Read on"),
        ("ja" + "-x" * 100_000, "en", "Read on"),
    ],
)
def test_a_language_without_a_catalogue_gets_english_words(language: str, spoken: str, words: str) -> None:
    found = words_for(language)
    assert (found.language, found.read_more) == (spoken, words)


@given(st.text(max_size=20))
def test_any_tag_gives_words_a_date_and_a_number(tag: str) -> None:
    words = words_for(tag)
    assert words.read_more
    assert words.date(DAY)
    assert write_number(12_345, tag)


@given(st.integers(0, 10**6), st.sampled_from(LANGUAGES))
def test_a_number_stands_in_its_place(number: int, language: str) -> None:
    words = words_for(language)
    assert f"{number:,}" in words.count(number)
    assert (f"{number:,}" in words.others(number)) == (number > 0)
    assert "{" not in words.count(number) + words.others(number)


# ------------------------------------------------------------------------------------------------ dates and numbers


@pytest.mark.parametrize(
    ("language", "date", "number"),
    [
        ("ja", "2026年11月20日(金)", "12,345"),
        ("en", "Fri, Nov 20, 2026", "12,345"),
        ("en-GB", "Fri, 20 Nov 2026", "12,345"),
        ("de", "Fr., 20. Nov. 2026", "12.345"),
        ("ko", "2026년 11월 20일 (금)", "12,345"),
        ("xx-unknown", "Fri, Nov 20, 2026", "12,345"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(language: str, date: str, number: str) -> None:
    assert write_date(DAY, language) == date
    assert write_number(12_345, language) == number


def test_babel_is_loaded_only_when_something_is_written() -> None:
    script = "import sys, publisher.mail.words as w; w.words_for('ja').why('題'); sys.exit('babel' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


# ------------------------------------------------------------------------------------------------ a person's own


def test_a_catalogue_of_ones_own_is_read_as_it_is(tmp_path: Path) -> None:
    own = write(tmp_path, "de", GERMAN)
    for language in ("de", "de-AT"):
        words = words_for(language, own)
        assert words.language == language
        assert words.read_more == "Weiterlesen"
        assert (words.count(1), words.count(1234)) == ("1 Artikel", "1.234 Artikel zusammen")
        assert words.unsubscribe == "Unsubscribe"  # what it does not say
    assert words_for("fr", own).read_more == "Read on"


def test_a_region_goes_before_its_language_and_both_before_the_packaged_words(tmp_path: Path) -> None:
    own = write(tmp_path, "ja", HEAD.format("nplurals=1; plural=0;") + 'msgid "Read on"\nmsgstr "つづき"\n')
    write(tmp_path, "ja_JP", HEAD.format("nplurals=1; plural=0;") + 'msgid "Read on"\nmsgstr "もっと"\n')
    assert (words_for("ja", own).read_more, words_for("ja-JP", own).read_more) == ("つづき", "もっと")
    assert words_for("ja", own).unsubscribe == "配信を停止する"


def test_a_change_counts_at_once(tmp_path: Path) -> None:
    own = write(tmp_path, "de", GERMAN)
    assert words_for("de", own).read_more == "Weiterlesen"
    write(tmp_path, "de", GERMAN.replace("Weiterlesen", "Mehr lesen"))
    assert words_for("de", own).read_more == "Mehr lesen"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GERMAN.replace('"{number} Artikel"', '"{anzahl} Artikel"'), r"publisher\.po:10: \{anzahl\} is not in the"),
        (GERMAN.replace('"{number} Artikel"', '"{number Artikel"'), r"publisher\.po:10: \{ is not in the message"),
        (GERMAN.replace("msgid", "msgidd"), r"publisher\.po:\d+: is not readable"),
        (GERMAN.replace("n != 1", "n !=; 1"), r"publisher\.po: its Plural-Forms are not readable"),
        (GERMAN.replace("n != 1", "__import__('os')"), r"publisher\.po: its Plural-Forms are not readable"),
        ("ü".encode("latin-1"), r"publisher\.po: is not UTF-8"),
        (b"# " + b"x" * 1_000_001, r"publisher\.po: is larger than 1,000,000 bytes"),
    ],
)
def test_a_catalogue_that_cannot_be_used_says_why(tmp_path: Path, text: str | bytes, expected: str) -> None:
    own = write(tmp_path, "de", text)
    with pytest.raises(TemplateError, match=expected) as caught:
        words_for("de", own).count(3)
    assert str(caught.value).startswith("locale/de/LC_MESSAGES/publisher.po")
    assert not re.search(r"\n", str(caught.value))


# ------------------------------------------------------------------------------------------------ which there are


def test_languages_of_ones_own_stand_beside_the_packaged_ones(tmp_path: Path) -> None:
    assert list_languages() == LANGUAGES
    write(tmp_path, "pt_BR", GERMAN)
    write(tmp_path, "not a language", GERMAN)
    assert list_languages(tmp_path) == ("en", "ja", "pt-BR")
    assert list_languages(tmp_path / "missing") == LANGUAGES


@pytest.mark.parametrize(("tag", "name"), [("ja", "日本語"), ("en", "English"), ("pt-BR", "Português (brasil)")])
def test_a_language_is_named_in_itself(tag: str, name: str) -> None:
    assert name_language(tag).lower() == name.lower()
