"""Prices of AWS by usage type, in a small dated file for each region."""
