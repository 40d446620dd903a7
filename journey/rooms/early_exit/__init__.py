"""Side room: a comparison that stops at the first difference, and what its duration tells."""
