"""Side room: an ECDSA signer whose k is not a new one each time."""
