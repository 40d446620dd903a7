"""Side room: compress first, encrypt then, and let the length tell the secret."""
