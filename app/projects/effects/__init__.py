"""What projects did to their points, as far as later cases tell."""
