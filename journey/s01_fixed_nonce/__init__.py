"""Rung 1: ChaCha20 with a fixed nonce."""
