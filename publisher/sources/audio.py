"""The audio of an article, in the shapes that people write it in. Pure: a function knows the sizes of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.markup.characters import clean_line
from publisher.markup.plain import strip_inline
from publisher.model.article import Audio
from publisher.sources import names
from publisher.sources.lookup import Found, FrontMatterError, Lookup, Plain, short_text
from publisher.sources.pictures import Base, to_url

# Addresses under these names are of audio whatever they end in; others may be of pages and pictures.
_CERTAIN = frozenset({"audio", "audio_url", "audiourl", "audio_file", "mp3"})
_ADDRESSES = ("url", "src", "href", "file", "path")
_TYPE = re.compile(r"(?:audio|video)/[A-Za-z0-9.+-]{1,60}")
_TYPES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/x-m4a",
    "m4v": "video/x-m4v",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
}
_TRANSCRIPTS = {
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
}
_NUMBER = re.compile(r"[0-9][0-9,_]{0,17}")
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7})(?:\.\d{1,9})?")
_ISO_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?", re.IGNORECASE)
_TRUE, _FALSE = frozenset({"true", "yes", "explicit", "1"}), frozenset({"false", "no", "clean", "0"})

# The bytes of a file by its path beside the article, 0 when there is none.
SizeOf = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A mapping below the field, and the fields beside it."""

    field: Found
    inner: Mapping[str, Plain]
    lookup: Lookup

    def find(self, own: tuple[str, ...], beside: tuple[str, ...]) -> Found | None:
        for name in own:
            for key, value in self.inner.items():
                if key.lower().replace("-", "_") == name and value not in (None, "", [], {}):
                    return Found(f"{self.field.name}.{key}", value, self.field.line)
        return self.lookup.first(beside) if beside else None

    def text(self, own: tuple[str, ...], beside: tuple[str, ...] = ()) -> str:
        found = self.find(own, beside)
        return (short_text(found.value) or "").strip() if found else ""


def read_audio(lookup: Lookup, base: Base, size_of: SizeOf) -> Audio | None:
    """The first that has an address; what of it cannot be is noted."""
    for field in lookup.each(names.AUDIO):
        try:
            for source, inner in _candidates(field.value):
                if audio := _to_audio(_Parts(field, inner, lookup), source, base, size_of):
                    return audio
        except FrontMatterError as error:
            lookup.note(error)
    return None


def _candidates(value: Plain) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    if isinstance(value, list):
        for item in value:
            yield from _candidates(item)
    elif isinstance(value, dict):
        lower = {key.lower(): inner for key, inner in value.items()}
        source = next((inner for name in _ADDRESSES if isinstance(inner := lower.get(name), str) and inner.strip()), "")
        if source:
            yield source.strip(), value
    elif isinstance(value, str) and value.strip():
        # WordPress keeps an enclosure as three lines: address, length and type.
        address, *rest = value.split("\n") if "\n" in value else value.split() if " " in value.strip() else [value]
        rest = [part.strip() for part in rest]
        if rest and not _NUMBER.fullmatch(rest[0]):
            address, rest = value, []
        yield address.strip(), dict(zip(("length", "type"), rest, strict=False))


def _to_audio(parts: _Parts, source: str, base: Base, size_of: SizeOf) -> Audio | None:
    """None for what is the address of something else."""
    media_type = _read_type(parts, source)
    if not media_type:
        return None
    url = to_url(parts.field, source, base)
    length = _read_number(parts, ("length", "size", "bytes"), names.AUDIO_LENGTH)
    transcript, transcript_type = _read_transcript(parts, base)
    image = parts.find(("image", "cover", "artwork"), ())
    return Audio(
        url=url,
        type=media_type,
        length=length or (0 if urlsplit(source).scheme or source.startswith("/") else size_of(source)),
        duration=_read_duration(parts),
        title=clean_line(strip_inline(parts.text(("title",)))),
        episode=_read_number(parts, ("episode", "number"), names.EPISODE),
        season=_read_number(parts, ("season",), names.SEASON),
        explicit=_read_explicit(parts),
        image=_to_address(parts, image, base),
        transcript=transcript,
        transcript_type=transcript_type,
    )


def _read_type(parts: _Parts, source: str) -> str:
    given = parts.text(("type", "mime", "mime_type", "mimetype"), names.AUDIO_TYPE).lower()
    if _TYPE.fullmatch(given):
        return given
    try:
        path = urlsplit(source).path
    except ValueError:
        path = source
    known = _TYPES.get(path.rpartition(".")[2].lower(), "")
    is_certain = parts.field.name in _CERTAIN and source.startswith(("http://", "https://", "/"))
    return known or ("audio/mpeg" if is_certain and not given else "")


def _read_number(parts: _Parts, own: tuple[str, ...], beside: tuple[str, ...]) -> int:
    found = parts.find(own, beside)
    if found is None:
        return 0
    text = (short_text(found.value) or "").strip()
    if not _NUMBER.fullmatch(text):
        parts.lookup.note(found.wrong("a whole number"))
        return 0
    return int(re.sub("[,_]", "", text))


def _read_duration(parts: _Parts) -> int:
    """Seconds."""
    found = parts.find(("duration",), names.DURATION)
    if found is None:
        return 0
    text = (short_text(found.value) or "").strip()
    match = _CLOCK.fullmatch(text) or _ISO_DURATION.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not total:
        parts.lookup.note(found.wrong("a duration such as 1:02:03, 62:03 or 3723 (seconds)"))
    return total


def _read_explicit(parts: _Parts) -> bool | None:
    text = parts.text(("explicit",), names.EXPLICIT).lower()
    return True if text in _TRUE else False if text in _FALSE else None


def _read_transcript(parts: _Parts, base: Base) -> tuple[str, str]:
    found = parts.find(("transcript",), names.TRANSCRIPT)
    if found is None or isinstance(found.value, bool):
        return "", ""
    inner = found.value if isinstance(found.value, dict) else {"url": found.value}
    source = next((text for name in _ADDRESSES if (text := (short_text(inner.get(name)) or "").strip())), "")
    if not source or "\n" in source:  # the transcript itself, or whether there is one
        return "", ""
    url = _to_address(parts, Found(found.name, source, found.line), base)
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    return url, clean_line(short_text(inner.get("type")) or "") or _TRANSCRIPTS.get(ending, "text/plain")


def _to_address(parts: _Parts, found: Found | None, base: Base) -> str:
    text = (short_text(found.value) or "").strip() if found else ""
    if found is None or not text or isinstance(found.value, bool):
        return ""
    try:
        return to_url(found, text, base)
    except FrontMatterError as error:
        parts.lookup.note(error)
        return ""
