"""What a notebook instance does when it is made and when it starts."""

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Fn, RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.workbench.scripts.lifecycle_script import LifecycleParts, LifecycleScript
from sagemaker_constructs.workbench.scripts.stop_when_idle import StopWhenIdle

LONGEST = 16_384
_FIRST_LINES = "#!/bin/bash\nset -euo pipefail\n"
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_LONGEST_BUCKET_NAME = "x" * 63


class NotebookLifecycle(BaseConstruct):
    """Scripts that run, one after the other, at each start of an instance, or once when it is made.

    ``on_start`` runs at every start, the first included: all outside the home folder is new by then. ``on_create``
    runs before it, once. Each of the two is one script, of at most 16,384 characters in base64, which has
    five minutes. Several instances may have one lifecycle. A change is in effect at their next start.

    ``removal_policy`` retains it by default, as instances are: they do not start without it.

    Provisions: one ``AWS::SageMaker::NotebookInstanceLifecycleConfig``, and an asset for each file that it fetches.
    Raises ``InvalidInput`` for scripts that are too long together, and for what a script refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        on_start: Sequence[LifecycleScript],
        on_create: Sequence[LifecycleScript] = (),
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        phases = {"on_start": tuple(on_start), "on_create": tuple(on_create)}
        reject(self, _script_problems(phases))
        parts = LifecycleParts(self)
        texts = {
            phase: {_title(script, index): script.text(parts) for index, script in enumerate(scripts)}
            for phase, scripts in phases.items()
        }
        reject(self, [_length_problem(phase, each) for phase, each in texts.items()])
        self.stops_when_idle: bool = any(isinstance(each, StopWhenIdle) and not each.dry_run for each in on_start)
        self.own_actions: Sequence[str] = tuple(parts.own_actions)
        self.grants: Grants = parts.grants
        resource = sagemaker.CfnNotebookInstanceLifecycleConfig(
            self, "Resource", on_start=_hook(texts["on_start"]), on_create=_hook(texts["on_create"])
        )
        resource.apply_removal_policy(removal_policy)
        self.name: str = resource.attr_notebook_instance_lifecycle_config_name


def _script_problems(phases: dict[str, tuple[LifecycleScript, ...]]) -> Iterator[Problem]:
    for phase, scripts in phases.items():
        for index, script in enumerate(scripts):
            yield from within(f"{phase}[{index}]", script.problems())


def _title(script: LifecycleScript, index: int) -> str:
    return f"{index + 1}: {type(script).__name__}"


def _composed(texts: dict[str, str]) -> str:
    return _FIRST_LINES + "".join(f"# {title}\n{text}" for title, text in texts.items())


def _length_problem(phase: str, texts: dict[str, str]) -> Problem | None:
    length = _length(_composed(texts))
    if length <= LONGEST:
        return None
    each = ", ".join(f"{title} {_length(text)}" for title, text in texts.items())
    return Problem(phase, f"must be at most {LONGEST} characters in base64, got: {length}, of which {each}")


def _length(text: str) -> int:
    """The characters of ``text`` in base64; names of buckets, which deployments fill in, count as 63."""
    return -(-len(_TOKEN.sub(_LONGEST_BUCKET_NAME, text).encode()) // 3) * 4


def _hook(texts: dict[str, str]) -> list[dict[str, Any]] | None:
    if not texts:
        return None
    text = _composed(texts)
    encoded = Fn.base64(text) if is_token(text) else base64.b64encode(text.encode()).decode()
    return [{"content": encoded}]
