"""Rung 15: the signature covers the transcript."""
