"""Jobs of Glue that break a rule."""

from aws_cdk import Stack

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.data.lake.spark_job import SparkJob

_SHOWN = "tests/emulator/services/test_unrun.py::test_a_job_is_refused_that_glue_refuses"


def _job(worker: str = "G.2X", version: str = "5.1") -> Request:
    return {
        "Name": "flexible",
        "Role": ROLE,
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://scripts/job.py"},
        "ExecutionClass": "FLEX",
        "WorkerType": worker,
        "NumberOfWorkers": 2,
        "GlueVersion": version,
    }


def _made(stack: Stack) -> None:
    SparkJob(stack, "Job", script=__file__, flexible=True, worker_type="R.1X")


CASES = {
    "flexible-jobs-have-small-workers": RuleCase(
        refused=_job("G.4X"),
        taken=_job("G.2X"),
        synth=_made,
        elsewhere=_SHOWN,
    ),
    "flexible-jobs-run-spark": RuleCase(
        refused=_job(version="2.0"),
        taken=_job(version="3.0"),
        elsewhere=_SHOWN,
    ),
}
