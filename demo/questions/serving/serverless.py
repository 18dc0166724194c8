"""The serverless endpoint and its front door."""

from demo.deployment import Answered, Deployment, Question
from demo.held_out import right
from demo.questions.serving.front_door import ask_over_http


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


QUESTIONS = (
    Question("serverless", "serverless", ask_without_instances),
    Question("signed door", "serverless", ask_over_http, needs="FrontDoorUrl"),
)
