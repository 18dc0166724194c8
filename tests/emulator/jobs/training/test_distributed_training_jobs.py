"""A training job on two machines over boto3: two real processes of the PyTorch image that train one network."""

import io
import json
import random
import tarfile
from pathlib import Path
from typing import Any

from harness.aws_clients import ROLE, Clients, wait_for
from harness.containers.tabular_image import build_pushed

BUCKET = "distributed"


def test_two_machines_train_one_network(sagemaker: Any, client: Clients, image_root: Path) -> None:
    s3, source = client("s3"), random.Random(3)
    lines = [f"{x:.4f},{source.random():.4f},{'ab'[x > 0.5]}" for x in (source.random() for _ in range(240))]
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="rows/1.csv", Body="\n".join(["x,y,kind", *lines, ""]).encode())
    rows = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}}
    sagemaker.create_training_job(
        TrainingJobName="distributed",
        RoleArn=ROLE,
        HyperParameters={"label": "kind", "seed": "5", "epochs": "60", "batch_size": "128"},
        AlgorithmSpecification={"TrainingImage": build_pushed(image_root, "pytorch"), "TrainingInputMode": "File"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": rows}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 120},
    )
    job = wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName="distributed"),
        lambda described: described["TrainingJobStatus"] not in ("InProgress", "Stopping"),
        seconds=120,
    )
    assert job["TrainingJobStatus"] == "Completed", job
    written = {name: archive(s3, name) for name in ("model", "output")}
    metrics = json.loads(written["output"]["metrics.json"])
    assert metrics["processes"] == 2
    assert metrics["validation:accuracy"] > 0.8
    assert {"model.json", "model.safetensors"} <= set(written["model"])


def archive(s3: Any, name: str) -> dict[str, bytes]:
    """The files of one of the job's archives."""
    content = s3.get_object(Bucket=BUCKET, Key=f"models/distributed/output/{name}.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        streams = {member.name: files.extractfile(member) for member in files if member.isfile()}
        return {path: stream.read() for path, stream in streams.items() if stream}
