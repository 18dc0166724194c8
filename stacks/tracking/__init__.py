"""SageMaker's MLflow, for people and for the platform's training."""
