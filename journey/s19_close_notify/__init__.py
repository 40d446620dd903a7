"""Rung 19: close_notify and alerts."""
