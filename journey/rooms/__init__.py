"""Side rooms: mistakes that have no rung of their own, each with its attack and its repair."""
