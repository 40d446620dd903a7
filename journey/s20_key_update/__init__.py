"""Rung 20: key update."""
