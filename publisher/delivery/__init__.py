"""Delivery: from rows to a transport and back to settled rows."""
