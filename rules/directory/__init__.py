"""Whether the providers that a plan lists are told truly."""
