"""Deletes what belongs to a domain of Studio before the domain."""
