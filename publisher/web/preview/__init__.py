"""A page that shows the next mail while it is written."""
