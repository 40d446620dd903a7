"""Side room: Diffie-Hellman in a group with small corners, and a server that keeps its exponent."""
