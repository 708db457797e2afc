"""Lists of people: read from files of other programs and of our own, and written."""
