"""Projects: work at points, followed by the cases that come later."""
