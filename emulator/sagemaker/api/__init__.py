"""SageMaker's control plane: every verb on every kind of resource."""
