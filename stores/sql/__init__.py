"""The database store, in SQLAlchemy Core."""
