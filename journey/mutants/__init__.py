"""The real stack with one check removed at a time, and what then gets through."""
