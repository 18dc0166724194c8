"""Jobs of Glue: which of them may wait for spare capacity."""

from collections.abc import Iterator, Mapping

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateJob"
_GUIDE = "https://docs.aws.amazon.com/glue/latest/dg"
_FLEXIBLE = ("G.1X", "G.2X")
_SPARK = "glueetl"
_BEFORE = ("0.9", "1.0", "2.0")


def _is_flexible(call: Call) -> bool:
    return call.request.get("ExecutionClass") == "FLEX"


@rule(_CREATE, f"{_GUIDE}/add-job.html", read="2026-11-29")
def flexible_jobs_have_small_workers(call: Call) -> Iterator[Broken]:
    """The ExecutionClass FLEX supports the worker types G.1X and G.2X."""
    worker = call.request.get("WorkerType", "")
    if _is_flexible(call) and worker and not is_token(worker) and worker not in _FLEXIBLE:
        yield "ExecutionClass", f"FLEX with {worker}"


@rule(_CREATE, f"{_GUIDE}/aws-glue-api-jobs-job.html", read="2026-11-29", enforced=("emulator",))
def flexible_jobs_run_spark(call: Call) -> Iterator[Broken]:
    """The ExecutionClass FLEX is available for Spark jobs (glueetl) of Glue 3.0 and later."""
    command: Mapping[str, str] = call.request.get("Command") or {}
    kind, version = command.get("Name", _SPARK), call.request.get("GlueVersion", "")
    if not _is_flexible(call) or is_token(kind) or is_token(version):
        return
    if kind != _SPARK or version in _BEFORE:
        yield "ExecutionClass", f"FLEX with {kind}{f' of Glue {version}' if version else ''}"
