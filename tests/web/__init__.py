"""The server: pure decisions, then real sockets."""
