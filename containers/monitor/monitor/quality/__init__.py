"""How good answers were, as soon as the truth is known."""
