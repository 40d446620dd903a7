"""Rung 7: an AEAD with a counter for a nonce."""
