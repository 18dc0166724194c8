"""AWS services beside SageMaker, where MiniStack lacks something."""
