"""The server's life and where it listens."""
