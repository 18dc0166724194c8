"""Batch transform: one definition, run at deployment, by schedule, on new data or as a state."""
