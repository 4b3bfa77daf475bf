"""Whether a submission is certified and on time."""
