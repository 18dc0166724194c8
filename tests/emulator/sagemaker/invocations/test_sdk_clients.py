"""The SageMaker Python SDK against an endpoint of the tabular image.

`sagemaker-core` is the part of the SDK that requests go through: `Endpoint` with a serializer and a deserializer is
what the SDK's third version has in the place of `Predictor`.
"""

import io
import tarfile
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy
import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for
from harness.serving_endpoints import INSTANCES, deploy, deploy_model

BUCKET = "sdk-clients"
HeldOut = tuple[list[str], numpy.ndarray[Any, numpy.dtype[numpy.float64]]]


@pytest.fixture(scope="module")
def model(sagemaker: Any, client: Clients, tabular_image: str) -> dict[str, str]:
    """A trained model's container."""
    client("s3").create_bucket(Bucket=BUCKET)
    sagemaker.create_training_job(
        TrainingJobName="sdk-clients",
        RoleArn=ROLE,
        HyperParameters={"dataset": "breast-cancer"},
        AlgorithmSpecification={"TrainingImage": tabular_image, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    job = wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName="sdk-clients"),
        lambda described: described["TrainingJobStatus"] != "InProgress",
    )
    assert job["TrainingJobStatus"] == "Completed", job
    return {"Image": tabular_image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}


@pytest.fixture(scope="module")
def held_out(model: dict[str, str], client: Clients) -> HeldOut:
    """Labels and features of the rows that the model was not trained with."""
    archive = client("s3").get_object(Bucket=BUCKET, Key="sdk-clients/output/output.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        stream = files.extractfile("held_out.csv")
        assert stream is not None
        lines = [line.split(",") for line in stream.read().decode().splitlines()[1:]]
    return [line[0] for line in lines], numpy.array([[float(cell) for cell in line[1:]] for line in lines])


@pytest.fixture(scope="module")
def session(emulator: RunningEmulator) -> Iterator[Any]:
    """A boto3 session that the SDK uses; the address is in the environment, as the SDK has no option for it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", emulator.address)
        yield import_module("boto3").Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=emulator.region
        )


@pytest.fixture(scope="module")
def sdk(session: Any) -> Iterator[Any]:
    """The module with the SDK's resources; its clients go with the session."""
    yield import_module("sagemaker.core.resources")
    import_module("sagemaker.core.utils.utils").SageMakerClient.reset()


@pytest.fixture(scope="module")
def endpoint(sdk: Any, session: Any, sagemaker: Any, model: dict[str, str]) -> Iterator[Any]:
    """The SDK's object of a deployed endpoint."""
    name = deploy_model(sagemaker, "sdk-clients", PrimaryContainer=model)
    yield sdk.Endpoint.get(name, session=session, region=session.region_name)
    sagemaker.delete_endpoint(EndpointName=name)


def predict(endpoint: Any, data: Any, serializer: str, deserializer: str, accept: str) -> Any:
    """What the SDK makes of the endpoint's answer, by the names of its classes."""
    endpoint.serializer = getattr(import_module("sagemaker.core.serializers.base"), serializer)()
    endpoint.deserializer = getattr(import_module("sagemaker.core.deserializers.base"), deserializer)(accept=accept)
    answer = endpoint.invoke(body=data, content_type=endpoint.serializer.CONTENT_TYPE, accept=accept)
    assert (answer.invoked_production_variant, answer.content_type) == ("main", accept)
    return answer.body


def labels_of(answers: list[Any]) -> list[str]:
    """The labels of objects with names, of CSV rows, or of an array, which has the scores alone."""
    first = answers[0]
    if isinstance(first, dict):
        return [each["predicted_label"] for each in answers]
    if len(first) == 2:
        return [str(label) for label, _ in answers]
    return ["malignant" if score >= 0.5 else "benign" for (score,) in answers]


@pytest.mark.parametrize(
    ("serializer", "deserializer", "accept"),
    [
        ("NumpySerializer", "NumpyDeserializer", "application/x-npy"),
        ("CSVSerializer", "CSVDeserializer", "text/csv"),
        ("JSONSerializer", "JSONDeserializer", "application/json"),
        ("JSONLinesSerializer", "JSONLinesDeserializer", "application/jsonlines"),
    ],
)
def test_serializers_and_deserializers(
    endpoint: Any, held_out: HeldOut, serializer: str, deserializer: str, accept: str
) -> None:
    truth, rows = held_out
    data: Any = rows.tolist() if serializer.startswith("JSON") else rows
    answered: Any = predict(endpoint, data, serializer, deserializer, accept)
    labels = labels_of(answered["predictions"] if accept == "application/json" else list(answered))
    assert set(labels) == {"benign", "malignant"}
    right = sum(label == true for label, true in zip(labels, truth, strict=True))
    assert right > 0.9 * len(truth)


def test_an_asynchronous_answer(
    sdk: Any, session: Any, sagemaker: Any, client: Clients, model: dict[str, str], held_out: HeldOut
) -> None:
    s3, [first, *_] = client("s3"), held_out[1]
    s3.put_object(Bucket=BUCKET, Key="in.csv", Body=",".join(map(str, first)).encode())
    output = {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/answers"}}
    sagemaker.create_model(ModelName="sdk-later", ExecutionRoleArn=ROLE, PrimaryContainer=model)
    variant = {"VariantName": "main", "ModelName": "sdk-later", **INSTANCES}
    name = deploy(sagemaker, "sdk-later", [variant], AsyncInferenceConfig=output)
    endpoint = sdk.Endpoint.get(name, session=session, region=session.region_name)
    accepted = endpoint.invoke_async(
        input_location=f"s3://{BUCKET}/in.csv", content_type="text/csv", accept="text/csv"
    )
    key = accepted.output_location.removeprefix(f"s3://{BUCKET}/")
    wait_for(lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix=key).get("KeyCount"), bool)
    answer = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert answer.partition(",")[0] in ("benign", "malignant")
    endpoint.delete()
