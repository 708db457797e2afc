"""Message: rendered once per variant, spliced once per subscriber."""
