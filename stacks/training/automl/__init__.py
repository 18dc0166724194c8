"""The search for a model of a table, which nobody has to choose."""
