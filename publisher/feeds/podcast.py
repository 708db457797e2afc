"""What directories of podcasts look for at the head of an RSS feed. Pure."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from lxml import etree

from publisher.feeds.item import ITUNES_NS, PODCAST_NS, spell_flag
from publisher.model.feed import FeedFormat, FeedSpec, Podcast

_GUID_SPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # podcast-namespace, podcast:guid


def make_guid(url: str) -> str:
    """The same in all directories: UUID 5 of the feed's address without its scheme and the slashes at its end."""
    return str(uuid5(_GUID_SPACE, re.sub("^https?://", "", url).rstrip("/")))


def add_podcast(channel: etree._Element, spec: FeedSpec, podcast: Podcast) -> None:
    for name, text in (
        ("author", spec.author.name),
        ("explicit", spell_flag(podcast.explicit)),
        ("type", podcast.type),
    ):
        etree.SubElement(channel, f"{{{ITUNES_NS}}}{name}").text = text
    if picture := spec.logo or spec.icon:
        etree.SubElement(channel, f"{{{ITUNES_NS}}}image", href=picture)
    parent = channel
    for name in filter(None, map(str.strip, podcast.category.split(">"))):  # `Arts > Food` is Food within Arts
        parent = etree.SubElement(parent, f"{{{ITUNES_NS}}}category", text=name)
    if podcast.owner:
        owner = etree.SubElement(channel, f"{{{ITUNES_NS}}}owner")
        etree.SubElement(owner, f"{{{ITUNES_NS}}}name").text = podcast.owner.name
        etree.SubElement(owner, f"{{{ITUNES_NS}}}email").text = podcast.owner.email
    etree.SubElement(channel, f"{{{PODCAST_NS}}}guid").text = make_guid(spec.url(FeedFormat.RSS, 0))
    if podcast.locked is not None:
        locked = etree.SubElement(channel, f"{{{PODCAST_NS}}}locked")
        locked.text = "yes" if podcast.locked else "no"
        if podcast.owner and podcast.owner.email:
            locked.set("owner", podcast.owner.email)
