"""Training on spare capacity."""

from dataclasses import dataclass

from aws_cdk import Duration


@dataclass(frozen=True)
class SpotTraining:
    """Trains on Spot instances, which cost less and may be taken away; SageMaker then waits for others.

    ``max_wait`` is how long the job may take in all, waiting included; it cannot be less than its ``max_runtime``.
    Give the definition ``checkpoints``, or an interrupted job begins anew.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """

    max_wait: Duration
