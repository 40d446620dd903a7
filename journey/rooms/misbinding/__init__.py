"""Side room: both sides sign, and one of them is wrong about the other."""
