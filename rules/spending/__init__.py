"""Where the contract's money goes."""
