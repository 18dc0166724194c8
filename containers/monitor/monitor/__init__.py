"""Watches what models are asked and answer: rows of captured requests against a baseline."""
