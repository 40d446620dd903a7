"""Rung 4: HMAC over every byte."""
