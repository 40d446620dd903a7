"""Rung 17: path and name are validated."""
