"""Spark jobs of Glue run on PySpark, by the environment of `make spark`."""

import importlib
import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, wait_for

PROJECT = Path(__file__).resolve().parents[4]
BUCKET = "glue-spark"
CLEAN = """\
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

options = getResolvedOptions(sys.argv, ["source", "target", "counted"])
spark = SparkSession.builder.appName(options["JOB_NAME"]).getOrCreate()
rows = spark.read.option("header", True).csv(options["source"])
rows.dropDuplicates().write.mode("overwrite").partitionBy("plan").parquet(options["target"])
again = spark.read.parquet(options["target"])
again.groupBy("plan").count().orderBy("plan").coalesce(1).write.json(options["counted"])
"""
WITH_CONTEXT = "from awsglue.context import GlueContext\n"
FAILING = (
    "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().sql('SELECT nothing FROM nowhere')\n"
)
THROUGH_RDDS = (
    "from pyspark.sql import SparkSession\n"
    "SparkSession.builder.getOrCreate().sparkContext.textFile('s3://glue-spark/raw/').count()\n"
)


@pytest.fixture(scope="module")
def spark() -> None:
    """The environment, which is set up once."""
    made = subprocess.run(["make", "spark"], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=1_800)
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture(scope="module")
def objects(client: Clients) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="raw/rows.csv", Body=b"id,plan\n1,basic\n1,basic\n2,gold\n3,gold\n")
    s3.put_object(Bucket=BUCKET, Key="raw-of-others/rows.csv", Body=b"id,plan\n9,basic\n")
    s3.put_object(Bucket=BUCKET, Key="clean/plan=old/part.parquet", Body=b"of an earlier run")
    return s3


def _run(client: Clients, objects: Any, name: str, script: str, arguments: Mapping[str, str]) -> Any:
    glue = client("glue")
    objects.put_object(Bucket=BUCKET, Key=f"scripts/{name}.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/{name}.py"}
    glue.create_job(Name=name, Role=ROLE, Command=command, GlueVersion="5.1")
    run = glue.start_job_run(JobName=name, Arguments=dict(arguments))["JobRunId"]
    return wait_for(
        lambda: glue.get_job_run(JobName=name, RunId=run)["JobRun"],
        lambda found: found["JobRunState"] not in ("STARTING", "RUNNING", "WAITING"),
        600,
    )


@pytest.mark.usefixtures("spark")
def test_a_script_reads_and_writes_s3(client: Clients, objects: Any) -> None:
    ended = _run(
        client,
        objects,
        "clean",
        CLEAN,
        {
            "--source": f"s3://{BUCKET}/raw/",
            "--target": f"s3://{BUCKET}/clean/",
            "--counted": f"s3://{BUCKET}/counted",
        },
    )
    assert (ended["JobRunState"], ended.get("ErrorMessage", "")) == ("SUCCEEDED", "")
    keys = [each["Key"] for each in objects.list_objects_v2(Bucket=BUCKET, Prefix="clean/")["Contents"]]
    assert {key.split("/")[1] for key in keys} == {"_SUCCESS", "plan=basic", "plan=gold"}
    gold = [key for key in keys if "plan=gold" in key and key.endswith(".parquet")]
    read: Any = importlib.import_module("pyarrow.parquet").read_table
    files = (io.BytesIO(objects.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in gold)
    found = [str(each["id"]) for file in files for each in read(file).to_pylist()]
    assert sorted(found) == ["2", "3"]


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("context", WITH_CONTEXT, "ImportError: The emulator has no GlueContext"),
        ("failing", FAILING, "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND]"),
        ("through-rdds", THROUGH_RDDS, 'No FileSystem for scheme "s3"'),
        (
            "without-options",
            CLEAN,
            "GlueArgumentError: the following arguments are required: --source, --target, --counted",
        ),
    ],
)
def test_what_does_not_run_fails_with_its_reason(
    client: Clients, objects: Any, name: str, script: str, reason: str
) -> None:
    ended = _run(client, objects, name, script, {})
    assert ended["JobRunState"] == "FAILED"
    assert reason in ended["ErrorMessage"]


def test_without_the_environment_a_run_fails_and_says_how_to_make_it(tmp_path: Path) -> None:
    shown = (
        "from pathlib import Path; from emulator.services.spark.runs import SparkRuns;"
        "run = {'JobName': 'clean', 'Id': 'r'};"
        f"SparkRuns({{}}, Path({str(tmp_path)!r})).carry_out(run, {{}}, {{}}, 'clean.py'); print(run)"
    )
    done = subprocess.run([sys.executable, "-c", shown], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "'JobRunState': 'FAILED'" in done.stdout
    assert "Set it up with: make spark" in done.stdout
