"""Points whose work was verified: watched each half-month, and reviewed where it comes back."""
