"""Rung 13: the signature covers both shares, and the hello offers suites."""
