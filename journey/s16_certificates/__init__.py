"""Rung 16: a certificate says whose key it is."""
