"""Whether encounters come in time, once, and from the network."""
