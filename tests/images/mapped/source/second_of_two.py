"""The second of two modules."""

SECOND = 2
