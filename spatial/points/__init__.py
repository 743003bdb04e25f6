"""Points: what each place's reports amount to, by plain rules and against what is expected."""
