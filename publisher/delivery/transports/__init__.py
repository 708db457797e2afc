"""Ways out: one module per kind of transport, `factory` reads the setting."""
