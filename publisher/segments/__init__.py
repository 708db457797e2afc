"""Segments: which subscribers, in words. The language and its values; storage/segments.py asks the database."""
