"""Side room: an order that is sent before the handshake, and can be sent again by anybody."""
