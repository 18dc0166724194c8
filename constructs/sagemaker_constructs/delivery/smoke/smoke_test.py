"""Asks every endpoint of an environment, and watches its alarms."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.delivery.smoke.deployed_targets import Clients, DeployedEnvironment, Target
from sagemaker_constructs.delivery.smoke.stated_requests import StatedRequest, StatedRequests

_POLL_SECONDS = 1
_WATCH_SECONDS = 15
_SHOWN = 120


@dataclass(frozen=True)
class SmokeResult:
    """How one endpoint, or one alarm, did."""

    path: str
    name: str
    passed: bool
    said: str


class SmokeTest:
    """Asks what an assembly has deployed the stated requests, which ``findings`` tell of one by one.

    An endpoint for which nothing is stated has failed, and so has a pattern that matches none.
    """

    def __init__(self, assembly: Path, requests: StatedRequests, clients: Clients) -> None:
        self._environment = DeployedEnvironment(assembly, clients)
        self._requests = requests
        self._clients = clients

    def findings(self) -> Iterator[SmokeResult]:
        """One for each endpoint, as it is asked; raises ``OSError`` where AWS cannot be asked."""
        found = list(self._environment.targets())
        if not found:
            yield SmokeResult("", "", False, "no endpoint: nothing was tested")
        matched: list[StatedRequest] = []
        for target in found:
            stated = self._requests.of(target.path)
            if stated is None:
                yield SmokeResult(target.path, target.name, False, "no request is stated for it")
                continue
            matched.append(stated)
            yield self._asked(target, stated)
        for pattern, stated in self._requests.by_pattern.items():
            if not any(stated is each for each in matched):
                yield SmokeResult(pattern, "", False, "matches no endpoint")

    def watch(self, minutes: float) -> Iterator[SmokeResult]:
        """The alarms that go off within so many minutes; the first one ends the watch."""
        ends = time.monotonic() + minutes * 60
        named = self._environment.alarms()
        while True:
            found = [(region, alarm) for region, names in named.items() for alarm in self._off(region, names)]
            if found:
                yield from (SmokeResult("alarm", alarm, False, f"went off in {region}") for region, alarm in found)
                return
            left = ends - time.monotonic()
            if left <= 0:
                watched = sum(map(len, named.values()))
                yield SmokeResult("alarms", "", True, f"{watched} stayed quiet for {minutes:g} minutes")
                return
            time.sleep(min(_WATCH_SECONDS, left))

    def _off(self, region: str, names: Sequence[str]) -> Iterator[str]:
        client = self._clients("cloudwatch", region)
        for first in range(0, len(names), 100):
            request = {
                "AlarmNames": list(names[first : first + 100]),
                "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
                "StateValue": "ALARM",
            }
            answered = _called(client.describe_alarms, request)
            for each in (*answered.get("MetricAlarms", ()), *answered.get("CompositeAlarms", ())):
                yield str(each["AlarmName"])

    def _asked(self, target: Target, stated: StatedRequest) -> SmokeResult:
        if stated.skip:
            return SmokeResult(target.path, target.name, True, f"not asked: {stated.skip}")
        ask = self._asynchronously if target.asynchronous else self._at_once
        fastest = float("inf")
        attempts = 1 if target.asynchronous else stated.attempts
        for attempt in range(1, attempts + 1):
            began = time.monotonic()
            try:
                answer = ask(target, stated)
            except OSError as error:
                return SmokeResult(target.path, target.name, False, f"attempt {attempt}: {error}")
            fastest = min(fastest, (time.monotonic() - began) * 1000)
            if not re.search(stated.answers, answer):
                shown = answer[:_SHOWN] + ("…" if len(answer) > _SHOWN else "")
                said = f"attempt {attempt} answered {shown!r}, and not as {stated.answers!r} says"
                return SmokeResult(target.path, target.name, False, said)
        if stated.within_ms is not None and not target.asynchronous and fastest > stated.within_ms:
            said = f"took {fastest:.0f} ms at best, and not {stated.within_ms:g} ms"
            return SmokeResult(target.path, target.name, False, said)
        return SmokeResult(
            target.path, target.name, True, f"{attempts} right answers, the fastest in {fastest:.0f} ms"
        )

    def _at_once(self, target: Target, stated: StatedRequest) -> str:
        request = {
            "EndpointName": target.name,
            "ContentType": stated.content_type,
            "Body": stated.content(self._requests.folder),
            **({"Accept": stated.accept} if stated.accept else {}),
            **({"TargetModel": stated.target_model} if stated.target_model else {}),
            **({"TargetVariant": stated.variant} if stated.variant else {}),
            **({"TargetContainerHostname": stated.container} if stated.container else {}),
            **({"InferenceComponentName": target.component} if target.component else {}),
        }
        answered = _called(self._clients("sagemaker-runtime", target.region).invoke_endpoint, request)
        return answered["Body"].read().decode("utf-8", "replace")

    def _asynchronously(self, target: Target, stated: StatedRequest) -> str:
        storage = self._clients("s3", target.region)
        location = stated.input
        if stated.upload:
            location = f"{stated.upload}-{uuid.uuid4().hex}"
            _called(storage.put_object, {**_object(location), "Body": stated.content(self._requests.folder)})
        if not location:
            raise OSError("it is asynchronous: state an input, or an upload for the body")
        request = {
            "EndpointName": target.name,
            "InputLocation": location,
            "ContentType": stated.content_type,
            **({"Accept": stated.accept} if stated.accept else {}),
        }
        answered = _called(self._clients("sagemaker-runtime", target.region).invoke_endpoint_async, request)
        ends = time.monotonic() + stated.within_seconds
        while time.monotonic() < ends:
            failure = _content(storage, answered.get("FailureLocation", ""))
            if failure is not None:
                raise OSError(f"it failed: {failure[:_SHOWN]}")
            answer = _content(storage, answered["OutputLocation"])
            if answer is not None:
                return answer
            time.sleep(_POLL_SECONDS)
        raise OSError(f"no answer within {stated.within_seconds:g} seconds")


def _object(location: str) -> Mapping[str, str]:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _content(storage: Any, location: str) -> str | None:
    """What an object holds; None while it is not there."""
    import botocore.exceptions

    if not location:
        return None
    try:
        return storage.get_object(**_object(location))["Body"].read().decode("utf-8", "replace")
    except botocore.exceptions.ClientError as error:
        if cast(Any, error).response["Error"]["Code"] in ("NoSuchKey", "404", "AccessDenied", "403"):
            return None  # Without the right to list, S3 says of what is not there that it is denied.
        raise OSError(str(error)) from error


def _called(call: Any, request: Mapping[str, Any]) -> Any:
    import botocore.exceptions

    try:
        return call(**request)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise OSError(" ".join(str(error).split())) from error
