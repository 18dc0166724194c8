"""The smoke test: every endpoint of an environment answers a stated request."""
