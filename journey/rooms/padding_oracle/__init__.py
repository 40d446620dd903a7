"""Side room: a MAC under the encryption, and what one learns from a padding that was wrong."""
