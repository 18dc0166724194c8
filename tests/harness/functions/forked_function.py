"""A function of the library in processes of its own, one for each event, so that one may be killed."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from emulator.launcher import PROJECT, RunningEmulator
from harness.functions.deadly_gateway import DeadlyGateway

_PROGRAM = """
import importlib, json, os, sys, time
from lambdas.common import aws_api
handler = importlib.import_module(sys.argv[1]).handler
for service in sys.argv[2].split(","):
    aws_api._client(service)
answers, real = os.fdopen(int(sys.argv[3]), "w"), time.time

class Context:
    aws_request_id = "request"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:killed"

for line in sys.stdin:
    asked = json.loads(line)
    process = os.fork()
    if process == 0:
        time.time = lambda: real() + asked["later"]
        try:
            answer = {"returned": handler(asked["event"], Context())}
        except Exception as error:
            answer = {"raised": repr(error)}
        answers.write(json.dumps(answer) + "\\n")
        answers.flush()
        os._exit(0)
    if os.waitpid(process, 0)[1]:
        answers.write('{"killed": true}\\n')
        answers.flush()
"""


class ForkedFunction:
    """The handler of ``lambdas/<code>``; ``deliver`` is one call of it, in a new process.

    Attributes:
        gateway: What stands between the function and the emulator.
    """

    def __init__(self, gateway: DeadlyGateway, program: "subprocess.Popen[str]", answers: int) -> None:
        self.gateway = gateway
        self._program = program
        self._answers = os.fdopen(answers)

    @staticmethod
    @contextmanager
    def of(
        code: str, emulator: RunningEmulator, environment: Mapping[str, str], *services: str
    ) -> Generator["ForkedFunction"]:
        """The function with the environment that it was deployed with, and the ``services`` that it calls."""
        port = int(emulator.address.rpartition(":")[2])
        with DeadlyGateway(port).serving() as gateway:
            readable, writable = os.pipe()
            program = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, f"lambdas.{code}.handler", ",".join(services), str(writable)],
                cwd=PROJECT,
                env={
                    **emulator.environment({"PATH": os.environ["PATH"], "HOME": "/nonexistent"}),
                    **environment,
                    "AWS_ENDPOINT_URL": gateway.address,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[writable],
                text=True,
            )
            os.close(writable)
            function = ForkedFunction(gateway, program, readable)
            yield function
            cast(Any, program.stdin).close()
            program.wait(300)
            function._answers.close()

    def deliver(self, event: Mapping[str, Any], *, dies_after: int | None = None, later: float = 0) -> dict[str, Any]:
        """What became of a call: ``returned``, ``raised`` or ``killed``.

        ``dies_after`` is the number of calls to AWS after which the process is killed; its clock is ``later`` by
        so many seconds.
        """
        self.gateway.calls_until_death = dies_after
        stream = cast(Any, self._program.stdin)
        stream.write(json.dumps({"event": event, "later": later}) + "\n")
        stream.flush()
        answer = json.loads(self._answers.readline())
        self.gateway.calls_until_death = None
        return answer

    def last_call(self) -> str:
        """The operation after which the last process was killed."""
        return self.gateway.killed[-1]
