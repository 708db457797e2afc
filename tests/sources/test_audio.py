"""Audio in front matter, in the shapes that blogs and podcasts write it in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.article import Article, Audio
from publisher.model.source import SourceFile
from publisher.sources.audio import read_audio
from publisher.sources.lookup import Field, Lookup, Plain
from publisher.sources.pictures import Base
from publisher.sources.read import read_file
from publisher.sources.rules import ReadingRules

BASE = Base("https://example.com/blog/1/", "https://example.com", (("~/", "/assets/"),))
MP3 = "https://cdn.example.com/1.mp3"


def read(fields: Mapping[str, Any], size: int = 0) -> tuple[Audio | None, list[str]]:
    lookup = Lookup({name: Field(value, 1) for name, value in fields.items()}, {})
    found = read_audio(lookup, BASE, lambda _: size)
    return found, [f"{note.field}: {note}" for note in lookup.notes]


@pytest.mark.parametrize(
    ("fields", "url", "media_type"),
    [
        ({"audio": MP3}, MP3, "audio/mpeg"),
        ({"audio": "https://cdn.example.com/stream?id=3&x=1"}, "https://cdn.example.com/stream?id=3&x=1", "audio/mpeg"),
        ({"audio": "https://cdn.example.com/a&amp;b.m4a"}, "https://cdn.example.com/a&b.m4a", "audio/x-m4a"),
        ({"audio": "/音/1.ogg"}, "https://example.com/%E9%9F%B3/1.ogg", "audio/ogg"),
        ({"audio": "1.opus"}, "https://example.com/blog/1/1.opus", "audio/ogg"),
        ({"audio": "~/1.wav"}, "https://example.com/assets/1.wav", "audio/wav"),
        ({"audio_url": MP3}, MP3, "audio/mpeg"),
        ({"mp3": "//cdn.example.com/1"}, "https://cdn.example.com/1", "audio/mpeg"),
        ({"podcast": {"url": MP3}}, MP3, "audio/mpeg"),
        ({"enclosure": {"URL": MP3, "type": "audio/x-mp3"}}, MP3, "audio/x-mp3"),
        ({"enclosure": f"{MP3}\n123\naudio/mpeg\n"}, MP3, "audio/mpeg"),
        ({"enclosure": f"{MP3} 123 audio/mpeg"}, MP3, "audio/mpeg"),
        ({"audio": [{"file": "1.mp4"}, MP3]}, "https://example.com/blog/1/1.mp4", "video/mp4"),
        (
            {"audio": {"src": "https://cdn.example.com/x", "mime-type": "Audio/AAC"}},
            "https://cdn.example.com/x",
            "audio/aac",
        ),
        ({"podcast_file": MP3, "audio_type": "audio/mp4"}, MP3, "audio/mp4"),
        ({"podcast": "https://podcasts.example/show", "audio": "", "enclosure": MP3}, MP3, "audio/mpeg"),
    ],
)
def test_audio_is_found_with_its_type(fields: dict[str, Plain], url: str, media_type: str) -> None:
    found, notes = read(fields)
    assert found is not None
    assert (found.url, found.type, notes) == (url, media_type, [])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"audio": True},
        {"audio": "yes"},
        {"audio": []},
        {"audio": {"title": "題"}},
        {"podcast": "ほしぞらラジオ"},
        {"podcast": "https://podcasts.example/show"},
        {"enclosure": "https://images.example.com/a.png"},
        {"enclosure": {"url": "https://images.example.com/a.png", "type": "image/png"}},
        {"enclosure": {"url": MP3.removesuffix(".mp3"), "type": "mp3"}},
        {"image": MP3},
    ],
)
def test_what_is_no_audio_is_none_and_no_mistake(fields: dict[str, Plain]) -> None:
    assert read(fields) == (None, [])


@pytest.mark.parametrize("address", ["ftp://a.example/1.mp3", "http://[1.mp3", "mailto:a@example.com.mp3"])
def test_an_address_that_cannot_be_is_noted(address: str) -> None:
    found, (note,) = read({"audio": address})
    assert found is None
    assert note.startswith("audio: found")


def test_everything_about_an_episode_is_read() -> None:
    expected = Audio(
        MP3,
        "audio/mpeg",
        12_345_678,
        3_723,
        "第1話",
        12,
        2,
        explicit=True,
        image="https://example.com/cover.png",
        transcript="https://example.com/blog/1/1.vtt",
        transcript_type="text/vtt",
    )
    told: dict[str, Plain] = {
        "url": MP3,
        "length": "12,345,678",
        "duration": "1:02:03",
        "title": "**第1話**",
        "episode": "12",
        "season": "2",
        "explicit": True,
        "image": "/cover.png",
        "transcript": "1.vtt",
    }
    assert read({"audio": told}) == (expected, [])
    beside = {
        f"{'itunes_' if name == 'season' else ''}{name}": told[name] for name in ("duration", "episode", "season")
    }
    inner = {"url": MP3, "title": "第1話", "image": "/cover.png", "size": "12_345_678", "explicit": "yes"}
    transcript = {"url": "1.vtt", "type": "text/vtt"}
    assert read({"podcast": inner, "transcript": transcript, **beside}) == (expected, [])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3723", 3723), ("62:03", 3723), ("01:02:03", 3723), ("12.5", 12), ("PT1H2M3S", 3723), ("pt45m", 2700)],
)
def test_a_duration_is_seconds(written: str, seconds: int) -> None:
    found, notes = read({"audio": MP3, "duration": written})
    assert found is not None
    assert (found.duration, notes) == (seconds, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration", "しばらく"),
        ("duration", "0"),
        ("duration", "PT"),
        ("episode", "最終回"),
        ("length", "12 MB"),
        ("season", "-1"),
    ],
)
def test_what_cannot_be_read_of_an_episode_is_noted_and_the_audio_stays(name: str, value: str) -> None:
    found, (note,) = read({"audio": MP3, name: value})
    assert found == Audio(MP3, "audio/mpeg")
    assert note.startswith(f"{name}: found {value!r}, expected")


@pytest.mark.parametrize(
    ("written", "url", "media_type"),
    [
        ("https://cdn.example.com/1.srt", "https://cdn.example.com/1.srt", "application/x-subrip"),
        ("/1.html", "https://example.com/1.html", "text/html"),
        ("1", "https://example.com/blog/1/1", "text/plain"),
        ("みなさん\nこんにちは", "", ""),
        (True, "", ""),
    ],
)
def test_a_transcript_is_an_address_with_a_type(written: Plain, url: str, media_type: str) -> None:
    found, _ = read({"audio": MP3, "transcript": written})
    assert found is not None
    assert (found.transcript, found.transcript_type) == (url, media_type)


def test_the_length_of_a_file_beside_the_article_is_asked_for_only_when_it_is_not_told() -> None:
    for fields, length in (
        ({"audio": "1.mp3"}, 7),
        ({"audio": {"url": "1.mp3", "length": "9"}}, 9),
        ({"audio": MP3}, 0),
        ({"audio": "/1.mp3"}, 0),
    ):
        found, _ = read(fields, 7)
        assert found is not None
        assert found.length == length


plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20) | st.sampled_from([MP3, "1.mp3", "1:02", "/x", "12"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["url", "src", "type", "length", "duration", "image", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["audio", "podcast", "enclosure", "duration", "transcript", "length"]), plain))
def test_anything_may_stand_there(fields: dict[str, Any]) -> None:
    found, _ = read(fields)
    if found is not None:
        assert found.url.startswith(("http://", "https://"))
        assert found.url.isascii()
        assert found.type.startswith(("audio/", "video/"))
        assert min(found.length, found.duration, found.episode, found.season) >= 0


def read_article(folder: Path, audio: str) -> Article:
    path = folder / "2026" / "a.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'---\ntitle: 題\ndate: 2026-01-08\naudio: "{audio}"\n---\n本文\n', encoding="utf-8")
    rules = ReadingRules("https://example.com", "/{stem}", "ja", ZoneInfo("Asia/Tokyo"))
    article = read_file(folder, SourceFile("2026/a.md", path.stat().st_size, 1), rules).article
    assert article is not None
    return article


def test_the_length_of_a_file_beside_the_article_is_its_size(tmp_path: Path) -> None:
    (tmp_path / "2026" / "音").mkdir(parents=True)
    (tmp_path / "2026" / "音" / "1 話.mp3").write_bytes(b"x" * 1_234)
    (tmp_path / "secret.mp3").write_bytes(b"x" * 99)
    for written, length in (
        ("音/1 話.mp3", 1_234),
        ("音/1%20話.mp3", 1_234),
        ("./音/../音/1 話.mp3", 1_234),
        ("音/2.mp3", 0),
        ("../secret.mp3", 0),
        ("音/x.mp3/../../../secret.mp3", 0),
        ("%00.mp3", 0),
    ):
        audio = read_article(tmp_path, written).audio
        assert audio is not None, written
        assert audio.length == length, written
    (tmp_path / "2026" / "folder.mp3").mkdir()
    audio = read_article(tmp_path, "folder.mp3").audio
    assert audio is not None
    assert audio.length == 0
