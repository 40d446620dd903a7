"""Side room: a conversation that is recorded today and opened years later, and what a second secret does."""
