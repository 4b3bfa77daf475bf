"""What is seen: the dashboard over a store of reviews."""
