"""One module per schema version, `vNNN.upgrade(op)`; never edited once released."""
