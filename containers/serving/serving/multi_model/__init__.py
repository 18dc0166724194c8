"""Many models in one container."""
