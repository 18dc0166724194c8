"""Models and the endpoints that serve them."""
