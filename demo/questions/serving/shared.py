"""Inference components, those that sleep while idle asked in their sleep."""

from botocore.exceptions import ClientError

from demo.deployment import Answered, Deployment, Question
from demo.held_out import Answer, right


def ask_components(deployed: Deployment) -> Answered:
    """All rows, of each component; one that may sleep has to be asleep first, and to wake."""
    told: list[str] = []
    answers: list[Answer] = []
    for component in deployed.outputs["ComponentNames"].split(","):
        sleeps = _least_copies(deployed, component) == 0
        if sleeps:
            deployed.wait_for(
                f"the sleep of {component}",
                lambda component=component: True if not _copies(deployed, component) else None,
            )
        answers = deployed.wait_for(
            f"an answer of {component}", lambda component=component: _predictions(deployed, component)
        )
        told.append(f"{right(answers)}{', woken from 0 copies' if sleeps else ''}")
    return Answered(
        kind="components",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} rows of each of {len(told)} components on the same instance",
        answered="; ".join(told),
        answers=answers,
    )


def _least_copies(deployed: Deployment, component: str) -> int:
    targets = deployed.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[f"inference-component/{component}"]
    )["ScalableTargets"]
    return min((int(target["MinCapacity"]) for target in targets), default=1)


def _copies(deployed: Deployment, component: str) -> int:
    described = deployed.client("sagemaker").describe_inference_component(InferenceComponentName=component)
    return int(described["RuntimeConfig"]["CurrentCopyCount"])


def _predictions(deployed: Deployment, component: str) -> list[Answer] | None:
    try:
        return deployed.predict(deployed.rows, InferenceComponentName=component)[0]
    except ClientError as error:
        # The calls that wake a component fail, as its callers have to know.
        if "has no capacity" in str(error):
            return None
        raise


QUESTIONS = (Question("components", "shared", ask_components),)
