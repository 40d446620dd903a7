"""Rung 18: keys for the handshake, and certificates encrypted."""
