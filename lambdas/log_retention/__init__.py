"""Log groups that SageMaker makes, kept for as long as somebody needs them."""
