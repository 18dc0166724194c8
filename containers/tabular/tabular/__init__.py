"""Gradient-boosted trees for tables, trained and served under SageMaker's container contracts."""
