"""What is on disk after `kill -9`, what is said about a file that cannot be read, and what does not stay."""

import io
import json
import os
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import RunningEmulator, start
from emulator.process.state_directory import StateDirectory
from harness.aws_clients import ROLE, Clients, clients_of, saved, wait_for

ROUNDS = 10
BUCKET = "written"


def kill(running: RunningEmulator) -> float:
    """Kill an emulator; returns when."""
    at = time.monotonic()
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: StateDirectory(running.state).is_held(), lambda held: not held)
    return at


def writes(client: Clients) -> Mapping[str, Callable[[str], Any]]:
    s3, ssm, sagemaker = client("s3"), client("ssm"), client("sagemaker")
    return {
        "object": lambda name: s3.put_object(Bucket=BUCKET, Key=name, Body=name.encode()),
        "parameter": lambda name: ssm.put_parameter(Name=name, Type="String", Value=name),
        "model": lambda name: sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE),
    }


def found(client: Clients) -> set[str]:
    """The names of all that was written."""
    listed: dict[str, tuple[str, str, dict[str, str]]] = {
        "s3": ("list_objects_v2", "Contents[].Key", {"Bucket": BUCKET}),
        "ssm": ("describe_parameters", "Parameters[].Name", {}),
        "sagemaker": ("list_models", "Models[].ModelName", {}),
    }
    return {
        name
        for service, (operation, names, request) in listed.items()
        for name in client(service).get_paginator(operation).paginate(**request).search(names)
        if name is not None
    }


def acknowledged_until(end: threading.Event, write: Callable[[str], Any], names: str) -> dict[str, float]:
    """Write one thing after the other; returns what was acknowledged, and when."""
    acknowledged: dict[str, float] = {}
    # More than the twenty a second that a person or a deployment writes, and less than what the machine can.
    while not end.wait(0.02):
        name = f"{names}-{len(acknowledged)}"
        with suppress(Exception):
            write(name)
            acknowledged[name] = time.monotonic()
    return acknowledged


def test_a_kill_under_writes_loses_at_most_the_last_second(own_state: Path) -> None:
    running = start(own_state)
    clients_of(running)("s3").create_bucket(Bucket=BUCKET)
    kept: set[str] = set()
    for round_ in range(ROUNDS):
        end = threading.Event()
        with ThreadPoolExecutor() as pool:
            writing = [
                pool.submit(acknowledged_until, end, write, f"{kind}-{round_}")
                for kind, write in writes(clients_of(running)).items()
            ]
            wait_for(lambda: saved(own_state, "sagemaker"), lambda text, mark=f"model-{round_}-1": mark in text)
            # Kills fall everywhere between two saves.
            time.sleep(1.2 + round_ / ROUNDS)
            at = kill(running)
            end.set()
            before = {name for each in writing for name, when in each.result().items() if when < at - 1}
        assert before
        kept |= before
        running = start(own_state)
        assert running.interrupted == []
        assert kept - found(clients_of(running)) == set()


@pytest.mark.parametrize("damaged", [b"half", b"", b"\xff\x00", b"[1]"])
def test_a_file_that_cannot_be_read_is_kept_and_named(own_state: Path, damaged: bytes) -> None:
    with start(own_state) as first:
        for kind in ("parameter", "model"):
            writes(clients_of(first))[kind](kind)
    file = own_state / "saved" / "current" / "ssm.json"
    whole = file.read_bytes()
    content = whole[: len(whole) // 2] if damaged == b"half" else damaged
    file.write_bytes(content)

    with start(own_state) as second:
        client = clients_of(second)
        [sentence] = second.interrupted
        assert sentence.startswith("the state of ssm could not be read, and begins anew; it is kept as ")
        [aside] = (own_state / "saved" / "unreadable").iterdir()
        assert (sentence.rsplit(" ", 1)[1], aside.read_bytes()) == (str(aside), content)
        assert client("ssm").describe_parameters()["Parameters"] == []
        assert [each["ModelName"] for each in client("sagemaker").list_models()["Models"]] == ["model"]
        writes(client)["parameter"]("again")

    with start(own_state) as third:
        assert third.interrupted == []
        assert aside.read_bytes() == content
        assert [each["Name"] for each in clients_of(third)("ssm").describe_parameters()["Parameters"]] == ["again"]


PROGRAM = "import tempfile\ndef handler(event, context): return tempfile.mkdtemp()"


def test_temporary_files_of_functions_end_with_the_run(own_state: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", PROGRAM)
    with start(own_state) as running:
        functions = clients_of(running)("lambda")
        code = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": packed.getvalue()}}
        functions.create_function(FunctionName="makes", Role=ROLE, **code)
        made = Path(json.load(functions.invoke(FunctionName="makes")["Payload"]))
        assert made.is_relative_to(own_state / "temporary")
    with start(own_state):
        assert not made.exists()
