"""Side room: the selfie in real TLS, with a key that was shared beforehand and knows of no roles."""
