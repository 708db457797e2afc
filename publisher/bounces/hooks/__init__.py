"""What mail services report by HTTP: each from its own form to the same values."""
