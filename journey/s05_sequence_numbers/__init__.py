"""Rung 5: sequence numbers."""
