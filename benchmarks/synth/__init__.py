"""What synthesis costs: our endpoint, its templates as generic resources, the alpha L2, and the dev platform."""
