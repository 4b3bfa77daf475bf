"""Whether the providers that a plan lists are near enough, enough, and there."""
