"""What a Label Studio is made of: a task of ECS, a database of Aurora, sign-on at a load balancer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.rules.jobs.batch import FARGATE_SIZES
from sagemaker_constructs.core.tokens import is_token

_READ = "2026-11-29"
_UNITS_OF_A_VCPU = 1024
_AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html"
_LEAST_OF_MOST, _MOST_CAPACITY = 1, 256
_SHORTEST_PAUSE, _LONGEST_PAUSE = 300, 86_400
_LONGEST_BACKUP = 35
_LONGEST_SESSION = 604_800


@rule(
    "RegisterTaskDefinition",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
    read=_READ,
    enforced=("synth",),
    words="No Fargate configuration exists for given values.",
)
def fargate_tasks_have_some_sizes(call: Call) -> Iterator[Broken]:
    """A task on Fargate has 0.25, 0.5, 1, 2, 4, 8, 16 or 32 vCPUs, and an amount of memory that is supported with
    them."""
    cpu, memory = call.request.get("cpu", ""), call.request.get("memory", "")
    if "FARGATE" not in (call.request.get("requiresCompatibilities") or ()) or is_token(cpu) or is_token(memory):
        return
    vcpus = float(cpu) / _UNITS_OF_A_VCPU
    if int(memory) not in FARGATE_SIZES.get(vcpus, ()):
        yield "", f"{vcpus:g} vCPU with {memory} MiB"


def _scaling(call: Call) -> Mapping[str, Any]:
    return call.request.get("ServerlessV2ScalingConfiguration") or {}


@rule("CreateDBCluster", _AURORA, read=_READ, enforced=("synth",))
def serverless_databases_scale_in_half_units(call: Call) -> Iterator[Broken]:
    """The capacity of an Aurora Serverless v2 cluster is given in steps of 0.5, its MinCapacity from 0 and its
    MaxCapacity from 1 to 256, and MinCapacity is not greater than MaxCapacity."""
    least, most = _scaling(call).get("MinCapacity", 0), _scaling(call).get("MaxCapacity", _MOST_CAPACITY)
    if is_token(least) or is_token(most):
        return
    halves = all(float(2 * each).is_integer() for each in (least, most))
    if not halves or not 0 <= least <= most or not _LEAST_OF_MOST <= most <= _MOST_CAPACITY:
        yield "ServerlessV2ScalingConfiguration", f"{least:g} to {most:g}"


@rule("CreateDBCluster", _AURORA, read=_READ, enforced=("synth",))
def databases_pause_after_five_minutes(call: Call) -> Iterator[Broken]:
    """An Aurora Serverless v2 database pauses when it has been idle for 300 to 86,400 seconds
    (SecondsUntilAutoPause)."""
    seconds = _scaling(call).get("SecondsUntilAutoPause", _SHORTEST_PAUSE)
    if not is_token(seconds) and not _SHORTEST_PAUSE <= seconds <= _LONGEST_PAUSE:
        yield "ServerlessV2ScalingConfiguration.SecondsUntilAutoPause", seconds


@rule(
    "CreateDBCluster",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
    read=_READ,
    enforced=("synth",),
)
def backups_of_databases_are_kept_for_five_weeks(call: Call) -> Iterator[Broken]:
    """Automated backups of an Aurora cluster are kept for 1 to 35 days (BackupRetentionPeriod)."""
    days = call.request.get("BackupRetentionPeriod", 1)
    if not is_token(days) and not 1 <= days <= _LONGEST_BACKUP:
        yield "BackupRetentionPeriod", days


@rule(
    "CreateListener",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateCognitoActionConfig.html",
    read=_READ,
    enforced=("synth",),
)
def sign_on_lasts_a_week(call: Call) -> Iterator[Broken]:
    """The SessionTimeout of an authenticate-cognito action is 1 to 604,800 seconds."""
    actions: Sequence[Mapping[str, Any]] = call.request.get("DefaultActions") or ()
    for action in actions:
        configuration: Mapping[str, Any] = action.get("AuthenticateCognitoConfig") or {}
        seconds = configuration.get("SessionTimeout", 1)
        if not is_token(seconds) and not 1 <= seconds <= _LONGEST_SESSION:
            yield "DefaultActions.AuthenticateCognitoConfig.SessionTimeout", seconds
