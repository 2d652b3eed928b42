"""One file for each revision; their order is that of their names."""
