"""Steps that run a job of SageMaker."""
