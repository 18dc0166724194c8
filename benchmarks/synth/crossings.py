"""Every request that Python sends to jsii's Node process, by what it asks and by which function of ours asked."""

import inspect
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from jsii._kernel.providers.process import _NodeProcess  # pyright: ignore[reportPrivateUsage]

PROJECT = Path(__file__).resolve().parents[2]
OURS = (f"{PROJECT}/constructs/", f"{PROJECT}/stacks/", f"{PROJECT}/app.py", f"{PROJECT}/benchmarks/")


@dataclass(frozen=True)
class Crossing:
    """``kind`` is the kernel's own word: create, get, set, invoke, sget, sinvoke and so on."""

    kind: str
    target: str
    caller: str


class Crossings:
    """Counts from the moment it is made, in this process."""

    def __init__(self) -> None:
        self._counted: Counter[Crossing] = Counter()
        send = _NodeProcess.send

        def counted(process: _NodeProcess, request: Any, response_type: Any) -> Any:
            self._counted[Crossing(_kind(request), _target(request), _caller(inspect.currentframe()))] += 1
            return send(process, request, response_type)

        _NodeProcess.send = counted  # pyright: ignore[reportAttributeAccessIssue]

    def document(self) -> list[dict[str, Any]]:
        """What was counted, as JSON can hold it."""
        return [{**asdict(crossing), "count": count} for crossing, count in self._counted.items()]


def _kind(request: Any) -> str:
    name = type(request).__name__.removesuffix("Request").removeprefix("_")
    return {"StaticGet": "sget", "StaticSet": "sset", "StaticInvoke": "sinvoke"}.get(name, name.lower())


def _target(request: Any) -> str:
    reference = getattr(request, "objref", None)
    name = getattr(request, "fqn", None) or (reference.ref.partition("@")[0] if reference else "")
    member = getattr(request, "property", None) or getattr(request, "method", None)
    return ".".join(part for part in (name.removeprefix("aws-cdk-lib."), member) if part)


def _caller(frame: FrameType | None) -> str:
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(OURS) and code.co_filename != __file__:
            path = Path(code.co_filename).relative_to(PROJECT)
            return f"{path.as_posix().removeprefix('constructs/sagemaker_constructs/')}:{code.co_qualname}"
        frame = frame.f_back
    return "aws-cdk-lib"
