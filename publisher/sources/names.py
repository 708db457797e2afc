"""The names that front matter fields go by, counted over 27,000 posts of eleven tools. Pure.

Lower case, with `_` for `-`. A dot reaches into a mapping. The first name that has a value counts. `created` and its
like come last: where a tool writes both, the other one says when the post came out.
"""

from __future__ import annotations

TITLE = ("title", "post_title", "seo_title", "seotitle", "linktitle")
PUBLISHED = (
    "publishdate",
    "publish_date",
    "date",
    "published_at",
    "publishedat",
    "pubdate",
    "pubdatetime",
    "datepublished",
    "date_published",
    "post_date",
    "published",
    "created_at",
    "createdat",
    "created",
)
UPDATED = (
    "updated",
    "updated_at",
    "updatedat",
    "lastmod",
    "modified",
    "last_modified_at",
    "last_modified",
    "updateddate",
    "updated_date",
    "datemodified",
    "date_modified",
    "modified_date",
    "moddatetime",
    "last_update.date",
)
EXPIRES = ("expirydate", "expiry_date", "expires", "expiry", "expiration_date", "unpublishdate")
SUMMARY = ("excerpt", "description", "summary", "teaser", "deck", "spoiler", "subtitle", "abstract")
IMAGE = (
    "image",
    "thumbnail",
    "cover",
    "cover_image",
    "coverimage",
    "featured_image",
    "featuredimage",
    "feature_image",
    "hero",
    "hero_image",
    "heroimage",
    "og_image",
    "ogimage",
    "social_image",
    "socialimage",
    "images",
    "banner",
    "header.image",
    "header.teaser",
    "photo",
)
IMAGE_ALT = ("image_alt", "imagealt", "cover_alt", "coveralt", "hero_alt", "heroalt", "thumbnail_alt")
IMAGE_CREDIT = (
    "image_credit",
    "imagecredit",
    "image_caption",
    "imagecaption",
    "image_figcaption",
    "photo.author",
    "cover_caption",
)
AUDIO = ("audio", "audio_url", "audiourl", "audio_file", "mp3", "enclosure", "podcast", "podcast_file")
AUDIO_LENGTH = ("audio_length", "audio_size", "enclosure_length", "podcast_bytes", "length")
AUDIO_TYPE = ("audio_type", "enclosure_type", "mime_type")
DURATION = ("duration", "audio_duration", "podcast_duration", "itunes_duration", "itunes.duration")
EPISODE = ("episode", "episode_number", "itunes_episode", "itunes.episode")
SEASON = ("season", "season_number", "itunes_season", "itunes.season")
EXPLICIT = ("explicit", "itunes_explicit", "itunes.explicit")
TRANSCRIPT = ("transcript", "transcript_url")
TAGS = ("tags", "tag", "topics", "taxonomies.tags", "series")
KEYWORDS = ("keywords",)  # for search engines; tags only where there are no others
CATEGORIES = ("category", "categories", "taxonomies.categories")
AUTHOR = ("author", "authors", "by", "author_name")
TRANSLATOR = ("translator",)
LANGUAGE = ("lang", "language", "locale")
SLUG = ("slug",)
URL = ("permalink", "url", "path")
CANONICAL_URL = ("canonical_url", "canonicalurl", "canonical")
ID = ("id", "guid", "uuid", "cuid")
# Flags that hide an article when they are true, and when they are false.
HIDDEN_IF_TRUE = (
    "draft",
    "isdraft",
    "is_draft",
    "private",
    "hidden",
    "unlisted",
    "ignorepublish",
    "headless",
    "eleventyexcludefromcollections",
)
HIDDEN_IF_FALSE = ("published", "permalink")
STATUS = ("status", "visibility")
HIDDEN_STATUS = frozenset({"draft", "drafts", "private", "hidden", "pending", "unlisted", "unpublished", "skip"})
