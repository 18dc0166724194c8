"""Labeling jobs: how attributes are called, how long workers have, and which teams there are."""

import re
from collections.abc import Iterator

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateLabelingJob"
_PAGE = f"{API}/API_CreateLabelingJob.html"
_HUMAN = f"{API}/API_HumanTaskConfig.html"
_TURK = f"{GUIDE}/sms-workforce-management-public.html"
_POINTING = re.compile(
    r"(Adjustment)?(SemanticSegmentation|VideoObject(Detection|Tracking)|3DPointCloud(ObjectTracking|Semantic\w+))"
)
_LONG = re.compile(r"(Adjustment)?(VideoObject\w+|3DPointCloud\w+)")
_HOURS_8, _DAYS_30 = 28_800, 2_592_000


def _task(call: Call) -> str | None:
    """The built-in task of a request, by AWS's function; empty for a custom one, None for one that is a token."""
    function = call.request.get("HumanTaskConfig", {}).get("PreHumanTaskLambdaArn", "")
    # The partition in an ARN of AWS's may be a token where the name is none.
    if ":function:PRE-" in function:
        return function.rpartition(":PRE-")[2]
    return None if is_token(function) else ""


@rule(_CREATE, _PAGE, read="2026-11-29")
def labels_are_not_called_like_their_metadata(call: Call) -> Iterator[Broken]:
    """A LabelAttributeName does not end in -metadata."""
    name = call.request.get("LabelAttributeName", "")
    if not is_token(name) and name.endswith("-metadata"):
        yield "LabelAttributeName", name


@rule(_CREATE, _PAGE, read="2026-11-29")
def labels_that_are_objects_end_in_ref(call: Call) -> Iterator[Broken]:
    """The LabelAttributeName of semantic segmentation, of video frames, and of the tracking and segmentation of 3D
    point clouds ends in -ref, and that of other built-in tasks does not."""
    name, task = call.request.get("LabelAttributeName", ""), _task(call)
    if task and not is_token(name) and name.endswith("-ref") != bool(_POINTING.fullmatch(task)):
        yield "LabelAttributeName", f"{name} for {task}"


@rule(_CREATE, _HUMAN, read="2026-11-29")
def workers_have_hours_for_a_task(call: Call) -> Iterator[Broken]:
    """A TaskTimeLimitInSeconds is at most 28,800 (8 hours), and 2,592,000 (30 days) for video frames and 3D point
    clouds."""
    limit, task = call.request.get("HumanTaskConfig", {}).get("TaskTimeLimitInSeconds", 0), _task(call)
    longest = _DAYS_30 if task is None or _LONG.fullmatch(task) else _HOURS_8
    if not is_token(limit) and limit > longest:
        yield "HumanTaskConfig.TaskTimeLimitInSeconds", limit


@rule(_CREATE, _HUMAN, read="2026-11-29", enforced=("emulator",))
def tasks_are_available_for_days(call: Call) -> Iterator[Broken]:
    """A TaskAvailabilityLifetimeInSeconds is at most 2,592,000 (30 days)."""
    lifetime = call.request.get("HumanTaskConfig", {}).get("TaskAvailabilityLifetimeInSeconds", 0)
    if not is_token(lifetime) and lifetime > _DAYS_30:
        yield "HumanTaskConfig.TaskAvailabilityLifetimeInSeconds", lifetime


@rule(_CREATE, _TURK, read="2026-11-29", confidence="inferred")
def there_is_no_public_work_team(call: Call) -> Iterator[Broken]:
    """There is no public work team: Amazon Mechanical Turk was shut down on September 30, 2026."""
    team = call.request.get("HumanTaskConfig", {}).get("WorkteamArn", "")
    if not is_token(team) and ":workteam/public-crowd/" in team:
        yield "HumanTaskConfig.WorkteamArn", team


@rule(_CREATE, f"{GUIDE}/sms-streaming-create-labeling-job-api.html", read="2026-11-30", enforced=("emulator",))
def streams_are_labeled_by_people(call: Call) -> Iterator[Broken]:
    """A job with an SnsDataSource has no LabelingJobAlgorithmsConfig."""
    told = call.request.get("InputConfig", {}).get("DataSource", {}).get("SnsDataSource")
    if told and call.request.get("LabelingJobAlgorithmsConfig"):
        yield "LabelingJobAlgorithmsConfig", "both"


@rule("CreateWorkforce", f"{API}/API_CreateWorkforce.html", read="2026-11-29", enforced=("emulator",))
def a_workforce_has_one_identity_provider(call: Call) -> Iterator[Broken]:
    """A workforce has either a CognitoConfig or an OidcConfig."""
    if bool(call.request.get("CognitoConfig")) == bool(call.request.get("OidcConfig")):
        yield "CognitoConfig", "both" if call.request.get("OidcConfig") else "neither"
