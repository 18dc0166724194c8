"""What the checks have found, for people and programs."""
