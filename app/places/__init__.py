"""Places: the register, and the review of texts that name no place by themselves."""
