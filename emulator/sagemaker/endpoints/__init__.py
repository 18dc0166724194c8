"""Endpoints: planned, deployed, shifted to."""
