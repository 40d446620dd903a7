"""Rung 14: Finished, a MAC over all that was said."""
