"""The serverless endpoint."""

from demo.questions.deployment import Answered, Deployment
from demo.questions.held_out import right


def ask_without_instances(deployed: Deployment) -> Answered:
    """All rows, of an endpoint that has no instances."""
    answers, _ = deployed.predict(deployed.rows)
    described = deployed.client("sagemaker").describe_endpoint(EndpointName=deployed.endpoint)
    serverless = described["ProductionVariants"][0]["CurrentServerlessConfig"]
    return Answered(
        kind="serverless",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} held-out rows",
        answered=f"{right(answers)}, in {serverless['MemorySizeInMB']} MB and without an instance",
        answers=answers,
    )
