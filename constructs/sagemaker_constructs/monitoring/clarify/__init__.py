"""SageMaker Clarify, for accounts that used it before it was closed to new customers."""
