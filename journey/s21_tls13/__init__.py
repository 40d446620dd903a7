"""Rung 21: real TLS 1.3."""
