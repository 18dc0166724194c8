"""AWS CDK constructs for the Amazon SageMaker machine learning lifecycle."""
