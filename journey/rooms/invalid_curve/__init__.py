"""Side room: ECDH with a kept key, and points that lie on other curves: the invalid-curve attack."""
