"""Rules about roles that SageMaker assumes, and about who may call it."""
