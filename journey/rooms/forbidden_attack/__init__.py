"""Side room: AES-GCM with a nonce that comes twice, and what one can forge then: the forbidden attack."""
