"""The instance types of SageMaker."""
