"""Rung 6: a key for each direction."""
