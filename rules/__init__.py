"""What should be true: rules, the contracts that ask for them, and the shape of the data."""
