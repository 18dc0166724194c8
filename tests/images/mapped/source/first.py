"""The first of two modules."""

FIRST = 1
