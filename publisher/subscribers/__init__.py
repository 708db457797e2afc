"""Subscriber: who reads what."""
