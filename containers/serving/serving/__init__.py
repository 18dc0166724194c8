"""The serving core: SageMaker's container contracts over HTTP, for any model that answers bytes with bytes."""
