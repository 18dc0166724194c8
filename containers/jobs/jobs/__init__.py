"""What training and processing jobs of every image share: SageMaker's contract, tables, scores, artifacts."""
