"""What is seen: pages over a store of reviews, on this machine alone."""
