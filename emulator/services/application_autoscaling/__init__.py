"""Application Auto Scaling: its API, and what its policies and schedules do."""
