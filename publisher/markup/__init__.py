"""Markdown to HTML and text."""
