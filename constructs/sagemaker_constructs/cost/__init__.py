"""What a choice costs, and which choice fits."""
