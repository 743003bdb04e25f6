"""The points of a run, what is expected of them, and the working rules of a home."""
