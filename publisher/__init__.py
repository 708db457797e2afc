"""A folder of Markdown articles becomes feeds and newsletters."""

__version__ = "0.1.0"
