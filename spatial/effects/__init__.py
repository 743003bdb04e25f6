"""Effects of work at points, regression to the mean and the course of others taken out."""
