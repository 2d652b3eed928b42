"""The commands of `storeproof` beside check, a module for each kind of work."""
