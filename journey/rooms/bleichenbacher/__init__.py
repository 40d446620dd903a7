"""Side room: a secret sealed with RSA, and a server that says whether the padding was right."""
