"""Bounce: what comes back. Reports of every form become values; mailboxes that they lie in."""
