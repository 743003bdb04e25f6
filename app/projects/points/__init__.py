"""Points at which projects work: where they are, which cases are theirs."""
