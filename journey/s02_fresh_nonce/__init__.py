"""Rung 2: a fresh nonce for each message."""
