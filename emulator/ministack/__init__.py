"""MiniStack, and every private part of it that is touched."""
