"""Rung 11: X25519, with its one bad result refused."""
