"""Steps that make, register and host models."""
