"""A store reached over HTTP, both ends: the tracking server and its client (HTTP-*)."""
