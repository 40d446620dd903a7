"""Rung 0: plaintext."""
