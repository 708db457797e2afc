"""What stands in an RSS item and feedgen has no word for: an episode of a podcast, the text as it was written. Pure."""

from __future__ import annotations

from lxml import etree

from publisher.model.article import Audio

ITUNES_NS = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST_NS = "https://podcastindex.org/namespace/1.0"
SOURCE_NS = "http://source.scripting.com/"


class ItemExtension:
    """An extension of feedgen, which calls these methods, for one entry."""

    def __init__(self) -> None:
        self.audio: Audio | None = None
        self.markdown = ""

    def extend_ns(self) -> dict[str, str]:
        return {}  # they stand at the root

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        return entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        if self.audio:
            _add_episode(item, self.audio)
        if self.markdown:
            etree.SubElement(item, f"{{{SOURCE_NS}}}markdown").text = self.markdown
        return item


def spell_flag(flag: bool) -> str:  # noqa: FBT001 - the flag is all there is
    """As Apple wants it (https://help.apple.com/itc/podcasts_connect/#/itcb54353390)."""
    return "true" if flag else "false"


def _add_episode(item: etree._Element, audio: Audio) -> None:
    described = {
        "title": audio.title,
        "duration": str(audio.duration or ""),
        "episode": str(audio.episode or ""),
        "season": str(audio.season or ""),
        "explicit": "" if audio.explicit is None else spell_flag(audio.explicit),
    }
    for name, text in described.items():
        if text:
            etree.SubElement(item, f"{{{ITUNES_NS}}}{name}").text = text
    if audio.image:
        etree.SubElement(item, f"{{{ITUNES_NS}}}image", href=audio.image)
    if audio.transcript:
        etree.SubElement(
            item, f"{{{PODCAST_NS}}}transcript", url=audio.transcript, type=audio.transcript_type or "text/plain"
        )
