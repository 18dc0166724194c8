"""Command line: `make load-test ENDPOINT=… BODY=…`."""

from __future__ import annotations

# ruff: noqa: E402 - first of all: what imports ssl before this keeps the blocking one
from gevent import monkey

monkey.patch_all()

import argparse
import copy
import mimetypes
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sagemaker_constructs.delivery.smoke.command import clients
from sagemaker_constructs.delivery.smoke.deployed_targets import DeployedEnvironment
from sagemaker_constructs.delivery.smoke.stated_requests import StatedRequests
from tools.load_test.load import Request, measure
from tools.load_test.plan import Goal, Step, peak
from tools.load_test.report import Findings, text, write
from tools.load_test.target import Refusal, Target, find_target


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load-test", description=__doc__)
    parser.add_argument("--endpoint", default="", help="name of an endpoint in service")
    parser.add_argument("--body", help="file with the body of a typical request")
    parser.add_argument("--content-type", help="default: by the file's ending")
    parser.add_argument("--latency-ms", type=float, default=500, help="the latency goal (%(default)s)")
    parser.add_argument("--percentile", type=int, default=95, help="percent of requests within it (%(default)s)")
    parser.add_argument("--variant", help="needed where there are several")
    parser.add_argument("--model", help="target model, where a container holds many")
    parser.add_argument("--region", help="default: that of the environment")
    parser.add_argument("--step-seconds", type=float, default=30, help="length of one step (%(default)s)")
    parser.add_argument("--users", type=int, default=256, help="most requests at a time (%(default)s)")
    parser.add_argument("--least", type=float, default=0, help="fail below so many a minute of one instance")
    parser.add_argument("--requests", type=Path, help="file of requests: every endpoint whose request states a load")
    parser.add_argument(
        "--assembly", type=Path, default=Path("cdk.out"), help="whose endpoints these are (%(default)s)"
    )
    parser.add_argument("--results", type=Path, default=Path("load-test-results"), help="folder (%(default)s)")
    return parser.parse_args(sys.argv[1:] or _of_make(vars(parser.parse_args([]))))


def _of_make(options: Iterable[str]) -> list[str]:
    """make hands ``BODY=file`` on in the environment: ``--body file``; what is not given keeps its default."""
    given = {option: os.environ.get(option.upper()) for option in options}
    return [f"--{option.replace('_', '-')}={value}" for option, value in given.items() if value]


_STATED = {"least", "latency_ms", "percentile", "users", "step_seconds"}


def _runs(arguments: argparse.Namespace) -> Iterator[argparse.Namespace]:
    """One for each endpoint that is tested: the one that is named, or those of a file of requests."""
    if arguments.endpoint or not arguments.requests:
        yield arguments
        return
    stated = StatedRequests.read(arguments.requests)
    runs = 0
    for target in DeployedEnvironment(arguments.assembly, clients()).targets():
        request = stated.of(target.path)
        if request is None or request.load is None:
            continue
        unknown = sorted(request.load.keys() - _STATED)
        if unknown or "least" not in request.load:
            words = f"has {unknown[0]}, and may have {', '.join(sorted(_STATED))}" if unknown else "lacks least"
            raise Refusal(f"the load of {target.path} {words}")
        one = copy.copy(arguments)
        vars(one).update(request.load)
        one.endpoint, one.region = target.name, target.region
        one.content_type, one.variant = request.content_type, request.variant or None
        one.model, one.content = request.target_model or None, request.content(stated.folder)
        runs += 1
        yield one
    if not runs:
        raise Refusal(f"no request of {arguments.requests} states a load: there is nothing to measure")


def _body(path: str | None) -> bytes:
    if not path:
        raise Refusal("a body is missing: name a file that holds a typical request with BODY=…")
    file = Path(path)
    if not file.is_file():
        raise Refusal(f"the body {path} is missing")
    return file.read_bytes()


def _request(arguments: argparse.Namespace, target: Target, body: bytes) -> Request:
    guessed = mimetypes.guess_type(arguments.body or "")[0]
    request: Request = {
        "EndpointName": target.endpoint,
        "TargetVariant": target.variant,
        "ContentType": arguments.content_type or guessed or "application/octet-stream",
        "Body": body,
    }
    return {**request, "TargetModel": arguments.model} if arguments.model else request


def _tell(step: Step) -> None:
    print(
        f"{step.users:>5} at a time: {step.rate:8.1f} requests per second, {step.latency_ms:g} ms, "
        f"{step.failures} of {step.requests} failed",
        flush=True,
    )


def _run(arguments: argparse.Namespace) -> None:
    if not arguments.endpoint:
        raise Refusal("an endpoint is missing: name it with ENDPOINT=…")
    if not 1 <= arguments.percentile <= 99 or min(arguments.latency_ms, arguments.step_seconds, arguments.users) <= 0:
        raise Refusal("PERCENTILE must be between 1 and 99; LATENCY_MS, STEP_SECONDS and USERS greater than 0")
    body = arguments.content if "content" in arguments else _body(arguments.body)
    session = cast(Any, boto3)
    session.setup_default_session(region_name=arguments.region)
    autoscaling = session.client("application-autoscaling")
    target = find_target(session.client("sagemaker"), autoscaling, arguments.endpoint, arguments.variant)
    goal = Goal(arguments.percentile, arguments.latency_ms)
    request = _request(arguments, target, body)
    measured = measure(request, goal, step_seconds=arguments.step_seconds, most_users=arguments.users, tell=_tell)
    if peak(measured.steps, goal) is None:
        reason = f": {measured.last_failure}" if measured.last_failure else ""
        raise Refusal(f"not even one request at a time met the goal{reason}")
    findings = Findings(target, goal, measured.steps, arguments.users, measured.busy)
    results: Path = arguments.results
    folder = results / target.endpoint / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    write(findings, folder)
    print(f"\n{text(findings)}Results   {folder}")
    found = findings.per_instance * 60
    if found < arguments.least:
        raise Refusal(f"{target.endpoint} takes {found:.0f} a minute on one instance, less than {arguments.least:g}")


def main() -> int:
    """Measure and report; returns 1 with a line for each endpoint that is not measured, or too slow."""
    failed = False
    try:
        for each in _runs(_arguments()):
            try:
                _run(each)
            except Refusal as refusal:
                print(refusal, file=sys.stderr)
                failed = True
    except (Refusal, BotoCoreError, ClientError, OSError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
