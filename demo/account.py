"""The emulated account, as a client sees it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

import boto3
from botocore.config import Config

from demo.failure import DemoFailure
from emulator.launcher import RunningEmulator

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Account:
    """Clients, and what the deployed stacks hand out."""

    def __init__(self, emulator: RunningEmulator) -> None:
        self.address = emulator.address
        self.region = emulator.region
        self.state = emulator.state

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client that gives up after two minutes instead of waiting for ever."""
        return cast(Any, boto3).client(
            service,
            endpoint_url=self.address,
            region_name=self.region,
            config=Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 2}),
            **(credentials or CREDENTIALS),
        )

    @cached_property
    def outputs(self) -> Mapping[str, Mapping[str, str]]:
        """Stack name → its outputs, of the stacks that the demo has deployed."""
        described = self.client("cloudformation").describe_stacks()["Stacks"]
        return {
            stack["StackName"]: {each["OutputKey"]: str(each["OutputValue"]) for each in stack.get("Outputs", [])}
            for stack in sorted(described, key=lambda stack: stack["CreationTime"])
            if stack["StackName"] != "CDKToolkit"
        }

    def outputs_of(self, kind: str) -> Mapping[str, str]:
        """The outputs of the stack ``<platform>-<environment>-<kind>``; none when it was not deployed."""
        # Of two that end so, such as pipeline and training-pipeline, the shorter one is meant.
        found = min((name for name in self.outputs if name.endswith(f"-{kind}")), key=len, default=None)
        return self.outputs[found] if found else {}

    def output(self, kind: str, name: str) -> str:
        """One output of the stack of ``kind``."""
        try:
            return self.outputs_of(kind)[name]
        except KeyError:
            raise DemoFailure(f"the stack {kind} has no output {name}") from None
