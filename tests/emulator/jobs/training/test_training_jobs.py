"""Training jobs over boto3, with real training processes."""

from typing import Any

from harness.aws_clients import AWS_IMAGE, ROLE, Clients, refused, wait_for


def train(sagemaker: Any, name: str, image: str, bucket: str = "nowhere", **parameters: str) -> Any:
    """Run a job to its end; returns its description."""
    start(sagemaker, name, image, bucket, **parameters)
    return wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName=name),
        lambda job: job["TrainingJobStatus"] not in ("InProgress", "Stopping"),
    )


def start(sagemaker: Any, name: str, image: str, bucket: str = "nowhere", **parameters: str) -> None:
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        HyperParameters=parameters,
        AlgorithmSpecification={
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
        },
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


def test_a_job_trains(sagemaker: Any, client: Clients, echo_image: str) -> None:
    client("s3").create_bucket(Bucket="trained")
    job = train(sagemaker, "trains", echo_image, "trained")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://trained/models/trains/output/model.tar.gz"
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("score", 0.75)]
    statuses = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert statuses[0] == "Starting"
    assert statuses[-2:] == ["Training", "Completed"]
    assert job["TrainingEndTime"] >= job["TrainingStartTime"] >= job["CreationTime"]
    artifact = client("s3").head_object(Bucket="trained", Key="models/trains/output/model.tar.gz")
    assert artifact["ContentLength"] > 0
    assert "is in status Completed" in refused(sagemaker.stop_training_job, TrainingJobName="trains")[1]


def test_a_failure_has_the_program_s_reason(sagemaker: Any, echo_image: str) -> None:
    job = train(sagemaker, "fails", echo_image, failure="no data in channel train")
    assert job["TrainingJobStatus"] == "Failed"
    assert "no data in channel train" in job["FailureReason"]
    assert "ModelArtifacts" not in job or not job["ModelArtifacts"].get("S3ModelArtifacts")


def test_an_aws_image_is_not_pretended(sagemaker: Any) -> None:
    job = train(sagemaker, "foreign", AWS_IMAGE)
    assert job["TrainingJobStatus"] == "Failed"
    assert "sagemaker-scikit-learn" in job["FailureReason"]


def test_a_job_is_stopped(sagemaker: Any, echo_image: str) -> None:
    start(sagemaker, "stops", echo_image, seconds="60")
    wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName="stops"),
        lambda job: job["SecondaryStatus"] == "Training",
    )
    sagemaker.stop_training_job(TrainingJobName="stops")
    job = wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName="stops"),
        lambda job: job["TrainingJobStatus"] == "Stopped",
    )
    assert job["SecondaryStatus"] == "Stopped"


def test_state_machines_wait_for_jobs(client: Clients, echo_image: str) -> None:
    import json

    client("s3").create_bucket(Bucket="machine")
    request = {
        "TrainingJobName.$": "$.name",
        "RoleArn": ROLE,
        "HyperParameters.$": "$.parameters",
        "AlgorithmSpecification": {"TrainingImage": echo_image, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://machine/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    machines = client("stepfunctions")
    definition = {
        "StartAt": "Train",
        "States": {
            "Train": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
                "Parameters": request,
                "ResultSelector": {"status.$": "$.TrainingJobStatus"},
                "End": True,
            }
        },
    }
    arn = machines.create_state_machine(name="train", definition=json.dumps(definition), roleArn=ROLE)[
        "stateMachineArn"
    ]

    def run(name: str, **parameters: str) -> Any:
        execution = machines.start_execution(
            stateMachineArn=arn, input=json.dumps({"name": name, "parameters": parameters})
        )["executionArn"]
        return wait_for(
            lambda: machines.describe_execution(executionArn=execution),
            lambda described: described["status"] != "RUNNING",
        )

    done = run("machine-done", seconds="1")
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"status": "Completed"})
    failed = run("machine-failed", failure="no luck")
    assert failed["status"] == "FAILED"
    assert "no luck" in failed["cause"]
