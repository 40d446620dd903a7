"""Rung 10: Diffie-Hellman in numbers of 2048 bits."""
