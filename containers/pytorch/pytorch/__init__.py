"""Neural networks for tables, trained on one or many machines and served under SageMaker's container contracts."""
