"""The real-time endpoint: weighted variants, its front door, and what scales."""

from collections import Counter

from demo.deployment import Answered, Deployment, Question
from demo.held_out import right
from demo.questions.serving.front_door import ask_over_http
from demo.questions.serving.monitoring import watch_requests
from demo.questions.serving.scaling import ask_what_scales

REQUESTS = 40


def ask_variants(deployed: Deployment) -> Answered:
    """All rows at once, and then one row many times: the variants share the requests by their weights."""
    answers, _ = deployed.predict(deployed.rows)
    shares = Counter(deployed.predict(deployed.rows[:1])[1] for _ in range(REQUESTS))
    shared = ", ".join(f"{count} by {variant}" for variant, count in shares.most_common())
    return Answered(
        kind="real time",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} held-out rows; then {REQUESTS} requests more",
        answered=f"{right(answers)}; {shared}{_version(deployed)}",
        answers=answers,
    )


def _version(deployed: Deployment) -> str:
    """Which version of the registry answered, if the model comes from there."""
    arn = deployed.outputs.get("ModelPackage")
    if arn is None:
        return ""
    version = deployed.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return f"; version {version['ModelPackageVersion']} of the registry, {version['ModelApprovalStatus'].lower()}"


QUESTIONS = (
    Question("real time", "real-time", ask_variants),
    Question("front door", "real-time", ask_over_http, needs="FrontDoorUrl"),
    Question("scaling", "real-time", ask_what_scales),
    Question("drift", "real-time", watch_requests, needs="MonitorFunction"),
)
