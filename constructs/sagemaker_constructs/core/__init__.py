"""What two domains share: roles, validation, the job layer, acknowledged findings."""
