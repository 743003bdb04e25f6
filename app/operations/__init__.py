"""Looking after an installation: backup, restore, upgrade."""
