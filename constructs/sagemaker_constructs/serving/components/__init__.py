"""Inference components on shared instances."""
