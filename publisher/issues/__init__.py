"""Issue: what goes into the next one, for whom and when."""
