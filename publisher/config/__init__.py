"""config.yaml and the environment -> one frozen Config, or all of its problems at once.

`values` are the kinds of values, `sections` the contract, `load` the way from the file to either result.
"""

from publisher.config.load import CheckTransport, load_config, parse_config
from publisher.config.sections import (
    Config,
    Delivery,
    Dkim,
    Feeds,
    Newsletter,
    Organisation,
    Select,
    Site,
    SiteAuthor,
    TagFeeds,
)
from publisher.config.sources import ArticleFeed, ArticleFolder
from publisher.config.values import ON_PUBLISH

__all__ = [
    "ON_PUBLISH",
    "ArticleFeed",
    "ArticleFolder",
    "CheckTransport",
    "Config",
    "Delivery",
    "Dkim",
    "Feeds",
    "Newsletter",
    "Organisation",
    "Select",
    "Site",
    "SiteAuthor",
    "TagFeeds",
    "load_config",
    "parse_config",
]
