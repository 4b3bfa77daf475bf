"""What is seen: pages over a store of reviews, on this machine alone."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine: the only hosts that are served, and the only ones that may ask."""
