"""Containers as local processes, their files and their models."""
