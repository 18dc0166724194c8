"""Rules of stores and of what queries them."""
