"""Rung 12: the server signs its share."""
