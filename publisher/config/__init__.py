"""config.yaml and the environment -> one frozen Config, or all of its problems at once.

`values` are the kinds of values, `sections` the contract, `load` the way from the file to either result.
"""

from publisher.config.load import CheckTransport, load_config, parse_config
from publisher.config.morefeeds import FeedSelect, MoreFeed, Podcast, PodcastOwner, format_of, split_file
from publisher.config.people import SignUpLimits, Subscribers
from publisher.config.sections import (
    Archive,
    Config,
    Delivery,
    Dkim,
    Feeds,
    Log,
    Newsletter,
    Organisation,
    Select,
    Site,
    SiteAuthor,
    TagFeeds,
    Transport,
    Web,
)
from publisher.config.sources import ArticleFeed, ArticleFolder
from publisher.config.theme import DarkColours, Fonts, LightColours, Logo, Theme
from publisher.config.values import ANY_ORIGIN, ON_PUBLISH

__all__ = [
    "ANY_ORIGIN",
    "ON_PUBLISH",
    "Archive",
    "ArticleFeed",
    "ArticleFolder",
    "CheckTransport",
    "Config",
    "DarkColours",
    "Delivery",
    "Dkim",
    "FeedSelect",
    "Feeds",
    "Fonts",
    "LightColours",
    "Log",
    "Logo",
    "MoreFeed",
    "Newsletter",
    "Organisation",
    "Podcast",
    "PodcastOwner",
    "Select",
    "SignUpLimits",
    "Site",
    "SiteAuthor",
    "Subscribers",
    "TagFeeds",
    "Theme",
    "Transport",
    "Web",
    "format_of",
    "load_config",
    "parse_config",
    "split_file",
]
