"""What a plan's batch normally looks like: figures of a table, and the bands they lie in."""
