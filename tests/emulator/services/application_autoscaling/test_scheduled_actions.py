"""Scheduled actions move bounds and counts at their time."""

import datetime
import subprocess
import time
import zoneinfo
from typing import Any

import pytest

from emulator.launcher import PROJECT
from harness.aws_clients import Clients, wait_for
from harness.serving_endpoints import counts, deploy, variant

DIMENSION = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_bounds_and_count_at_a_time(client: Clients, sagemaker: Any, echo_image: str, zone: str) -> None:
    scaling = client("application-autoscaling")
    name = deploy(sagemaker, f"scheduled-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    target = {**DIMENSION, "ResourceId": f"endpoint/{name}/variant/main"}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    soon = datetime.datetime.now(zoneinfo.ZoneInfo(zone)) + datetime.timedelta(seconds=3)
    scaling.put_scheduled_action(
        **target,
        ScheduledActionName="office-hours",
        Schedule=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        Timezone=zone,
        ScalableTargetAction={"MinCapacity": 3, "MaxCapacity": 5},
    )
    assert counts(sagemaker, name)() == [1]
    wait_for(counts(sagemaker, name), lambda found: found == [3])
    (described,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[target["ResourceId"]]
    )["ScalableTargets"]
    assert (described["MinCapacity"], described["MaxCapacity"]) == (3, 5)
    (activity,) = scaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId=target["ResourceId"])[
        "ScalingActivities"
    ]
    assert activity["Cause"] == "scheduled action name office-hours was triggered"
    scaling.deregister_scalable_target(**target)
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"Schedule": "cron(30 8 ? * MON-FRI *)"}, "2026-01-05T08:30:00+00:00"),
        ({"Schedule": "cron(30 8 ? * MON-FRI *)", "Timezone": "Asia/Tokyo"}, "2026-01-04T23:30:00+00:00"),
        ({"Schedule": "rate(2 hours)", "CreationTime": 1767398400}, "2026-01-03T02:00:00+00:00"),
        ({"Schedule": "at(2026-01-02T00:00:00)"}, "None"),
        ({"Schedule": "cron(30 8 ? * MON-FRI *)", "EndTime": 1767484800}, "None"),
    ],
)
def test_next_time_after_a_saturday_began(action: dict[str, Any], expected: str) -> None:
    program = (
        "import datetime; from emulator.services.application_autoscaling.scheduled_actions import next_time\n"
        f"found = next_time({action!r}, 1767398400.0)\n"
        "print(found and datetime.datetime.fromtimestamp(found, datetime.UTC).isoformat())"
    )
    answer = subprocess.run(
        [PROJECT / ".venv-emulator" / "bin" / "python", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
        cwd=PROJECT,
        env={"LOG_LEVEL": "ERROR", "PATH": "/usr/bin:/bin"},
    )
    assert answer.stdout.splitlines()[-1] == expected
