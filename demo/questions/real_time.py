"""Real-time endpoints: weighted variants, and a shadow."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from demo.questions.deployment import Answered, Deployment
from demo.questions.held_out import right

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


def ask_in_shadow(deployed: Deployment) -> Answered:
    """All rows: the live variant answers, and CloudWatch counts the shadow's copy."""
    answers, live = deployed.predict(deployed.rows)
    shadow = deployed.outputs["ShadowVariant"]
    copies = deployed.wait_for(f"the copy for {shadow}", lambda: _invocations(deployed, shadow) or None)
    return Answered(
        kind="shadow test",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} held-out rows",
        answered=f"{right(answers)}, by {live}; {copies} copy to {shadow}, answer dropped",
        answers=answers,
    )


def _invocations(deployed: Deployment, variant: str) -> int:
    now = datetime.now(UTC)
    points = deployed.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": deployed.endpoint},
            {"Name": "VariantName", "Value": variant},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return int(sum(point["Sum"] for point in points))


def _version(deployed: Deployment) -> str:
    """Which version of the registry answered, if the model comes from there."""
    arn = deployed.outputs.get("ModelPackage")
    if arn is None:
        return ""
    version = deployed.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return f"; version {version['ModelPackageVersion']} of the registry, {version['ModelApprovalStatus'].lower()}"
