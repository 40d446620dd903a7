"""Rung 8: a key for each connection."""
