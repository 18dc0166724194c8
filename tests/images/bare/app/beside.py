"""A neighbour of the program, which imports it."""
