"""Executions end before their pipeline is deleted: SageMaker deletes none that still has some."""
