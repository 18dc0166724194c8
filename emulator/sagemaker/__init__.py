"""Amazon SageMaker, driven by botocore's service model."""
