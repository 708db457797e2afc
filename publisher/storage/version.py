"""What tells our database files from others, and which schema they have. Pure."""

from __future__ import annotations

APPLICATION_ID = 0x50554221  # "PUB!": tells our files from other SQLite databases
SCHEMA_VERSION = 4
