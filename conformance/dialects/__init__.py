"""The languages that a script may be written in, each one object per script that spells calls, answers and values."""
