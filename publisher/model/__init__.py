"""The nouns. Pure: frozen values, no I/O, no third-party import.

Every datetime here is aware. Every URL is absolute and plain ASCII (percent-encoded), every text is NFC without
characters that XML forbids: the readers at the border see to that, so nobody behind them has to.

A noun is imported from its room: each takes a part of a millisecond to make, and a small build needs few.
"""
