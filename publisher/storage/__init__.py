"""Rows: the only SQL."""
