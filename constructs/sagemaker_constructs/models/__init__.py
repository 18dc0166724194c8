"""Models: containers, artifacts, packages, and many models in one container."""
