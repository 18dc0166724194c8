"""A variant that answers, and one in its shadow."""

from datetime import UTC, datetime, timedelta

from demo.deployment import Answered, Deployment, Question
from demo.held_out import right


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


QUESTIONS = (Question("shadow test", "shadow-test", ask_in_shadow),)
