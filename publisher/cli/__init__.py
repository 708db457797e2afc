"""Commands: one module each, thin."""
