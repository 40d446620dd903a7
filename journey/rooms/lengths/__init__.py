"""Side room: what a length gives away, and which padding helps."""
