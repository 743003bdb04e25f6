"""Townships: which are worth governing, and why."""
