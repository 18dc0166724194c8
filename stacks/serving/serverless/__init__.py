"""An endpoint without instances."""
