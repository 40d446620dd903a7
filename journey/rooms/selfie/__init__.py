"""Side room: a computer that can be client and server, and ends up talking to itself."""
