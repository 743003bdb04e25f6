"""Pictures of projects: what the camera wrote is read once, and stripped."""
