"""Rung 3: a home-made tag."""
