"""What a synthesized fleet needs of an account, and how it is."""
