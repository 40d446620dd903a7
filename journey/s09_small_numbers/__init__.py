"""Rung 9: Diffie-Hellman in small numbers."""
