"""Labeling jobs over boto3, with workers who answer at the portal as a person's browser or a script does."""

import io
import json
import urllib.parse
import zipfile
from typing import Any

import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for
from harness.labeling.worker_portal import WorkerPortal, workforce

BUCKET = "labeled-images"
FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"
CATEGORIES = ["cat", "dog"]
PIXEL = bytes.fromhex("89504e470d0a1a0a")
ENDED = ("Completed", "Failed", "Stopped")


@pytest.fixture(scope="module")
def portal(emulator: RunningEmulator, sagemaker: Any, client: Clients) -> WorkerPortal:
    client("s3").create_bucket(Bucket=BUCKET)
    for name in ("a.png", "b.png", "c.png"):
        client("s3").put_object(Bucket=BUCKET, Key=f"images/{name}", Body=PIXEL)
    return workforce(emulator, sagemaker, "labelers", "Raters")


def _start(
    sagemaker: Any,
    client: Clients,
    name: str,
    lines: list[dict[str, Any]],
    task: str = "ImageMultiClass",
    **given: Any,
) -> None:
    s3 = client("s3")
    manifest = "".join(f"{json.dumps(line)}\n" for line in lines)
    s3.put_object(Bucket=BUCKET, Key=f"{name}.manifest", Body=manifest.encode())
    categories = {
        "document-version": "2018-11-28",
        "labels": [{"label": each} for each in CATEGORIES],
        **given.pop("categories", {}),
    }
    s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(categories).encode())
    human = {
        "WorkteamArn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/raters",
        "UiConfig": {"UiTemplateS3Uri": f"s3://{BUCKET}/page.html"},
        "PreHumanTaskLambdaArn": f"{FUNCTIONS}:PRE-{task}",
        "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-{task}"},
        "TaskTitle": "What is <it>?",
        "TaskDescription": "Look",
        "NumberOfHumanWorkersPerDataObject": 1,
        "TaskTimeLimitInSeconds": 60,
        **given.pop("human", {}),
    }
    request: dict[str, Any] = {
        "LabelAttributeName": "animal",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/{name}.manifest"}}},
        "OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/labels/"},
        "RoleArn": ROLE,
        "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/{name}.json",
        "HumanTaskConfig": {each: value for each, value in human.items() if value is not None},
        **given,
    }
    sagemaker.create_labeling_job(LabelingJobName=name, **request)


def _images(*names: str) -> list[dict[str, Any]]:
    return [{"source-ref": f"s3://{BUCKET}/images/{name}.png"} for name in names]


def _ended(sagemaker: Any, name: str) -> dict[str, Any]:
    return wait_for(
        lambda: sagemaker.describe_labeling_job(LabelingJobName=name), lambda job: job["LabelingJobStatus"] in ENDED
    )


def _written(client: Clients, url: str) -> list[dict[str, Any]]:
    key = url.removeprefix(f"s3://{BUCKET}/")
    body = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return [json.loads(line) for line in body.splitlines()]


def test_three_workers_make_one_label(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "Three", _images("a", "b"), human={"NumberOfHumanWorkersPerDataObject": 3})
    first, second = portal.tasks("Three", 2)
    assert first["labels"] == CATEGORIES
    assert first["input"]["taskObject"] == f"s3://{BUCKET}/images/a.png"
    for worker, animal in (("ann", "cat"), ("bob", "cat"), ("cid", "dog")):
        assert portal.answer(first, worker, {"crowd-image-classifier": {"label": animal}}) == (200, "")
    counters = sagemaker.describe_labeling_job(LabelingJobName="Three")["LabelCounters"]
    assert (counters["HumanLabeled"], counters["Unlabeled"]) in ((0, 2), (1, 1))
    for worker in ("ann", "bob", "cid"):
        assert portal.answer(second, worker, {"label": "dog"})[0] == 200
    job = _ended(sagemaker, "Three")
    assert job["LabelingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["LabelCounters"] == {
        "TotalLabeled": 2,
        "HumanLabeled": 2,
        "MachineLabeled": 0,
        "FailedNonRetryableError": 0,
        "Unlabeled": 0,
    }
    output = job["LabelingJobOutput"]["OutputDatasetS3Uri"]
    assert output == f"s3://{BUCKET}/labels/Three/manifests/output/output.manifest"
    lines = _written(client, output)
    assert [line["animal"] for line in lines] == [0, 1]
    metadata = lines[0]["animal-metadata"]
    assert metadata["class-name"] == "cat"
    assert metadata["type"] == "groundtruth/image-classification"
    assert metadata["job-name"] == "labeling-job/three"
    assert 0.5 < metadata["confidence"] < 1
    found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix="labels/Three/annotations/worker-response/")
    answers = [
        json.loads(client("s3").get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read())
        for each in found["Contents"]
    ]
    assert [len(each["answers"]) for each in answers] == [3, 3]


def test_a_person_answers_on_a_page(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "page", _images("a"))
    [listed] = sagemaker.list_labeling_jobs(NameContains="page")["LabelingJobSummaryList"]
    assert listed["WorkteamArn"].endswith(":workteam/raters")
    assert listed["PreHumanTaskLambdaArn"].endswith(":PRE-ImageMultiClass")
    [task] = portal.tasks("page", 1)
    assert task["team"] == "raters"
    status, headers, page = portal.request(f"/work/{task['id']}")
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert b"What is &lt;it&gt;?" in page
    assert b"http" not in page
    assert portal.request(f"/objects/{task['id']}")[2] == PIXEL
    assert b"/portal/work/page.0" in portal.request("")[2]
    sent = urllib.parse.urlencode({"worker": "ann", "label": "dog"}).encode()
    status, headers, _ = portal.request(f"/tasks/{task['id']}", sent, "application/x-www-form-urlencoded")
    assert status == 303
    assert headers["location"].startswith("/portal")
    lines = _written(client, _ended(sagemaker, "page")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert lines[0]["animal-metadata"]["class-name"] == "dog"
    assert lines[0]["animal-metadata"]["confidence"] == 0.0


def test_the_portal_refuses_what_is_no_answer(
    emulator: RunningEmulator, sagemaker: Any, client: Clients, portal: WorkerPortal
) -> None:
    human = {"NumberOfHumanWorkersPerDataObject": 2}
    _start(sagemaker, client, "refused", _images("a"), human=human)
    [task] = portal.tasks("refused", 1)
    assert "'cow' is none of the categories" in portal.answer(task, "ann", {"label": "cow"})[1]
    assert "has no label" in portal.answer(task, "ann", {})[1]
    assert portal.answer(task, " ", {"label": "cat"}) == (400, "Say who answers: worker is missing.")
    assert portal.answer(task, "ann", [1])[0] == 400
    assert portal.answer(task, "ann", {"label": "cat"})[0] == 200
    assert portal.answer(task, "ann", {"label": "dog"})[0] == 409
    assert portal.answer({"id": "refused.7"}, "bob", {"label": "dog"})[0] == 404
    assert WorkerPortal(emulator.address, "strangers.labeling.localhost").request("/tasks")[0] == 404
    sagemaker.stop_labeling_job(LabelingJobName="refused")
    job = _ended(sagemaker, "refused")
    assert job["LabelingJobStatus"] == "Stopped"
    assert job["LabelCounters"]["Unlabeled"] == 1
    assert portal.answer(task, "bob", {"label": "dog"})[0] == 404


def test_what_was_labeled_before_a_stop_is_kept(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "stopped", _images("a", "b"), human={"MaxConcurrentTaskCount": 1})
    [first] = portal.tasks("stopped", 1)
    portal.answer(first, "ann", {"label": "dog"})
    wait_for(lambda: portal.tasks("stopped", 1), lambda tasks: tasks[0]["id"] != first["id"])
    sagemaker.stop_labeling_job(LabelingJobName="stopped")
    job = _ended(sagemaker, "stopped")
    labeled, unlabeled = _written(client, job["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert labeled["animal"] == 1
    assert unlabeled == _images("b")[0]


def test_boxes_and_texts_have_their_forms(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "boxes", _images("a"), "BoundingBox")
    _start(
        sagemaker, client, "spans", [{"source": "A cat sat"}], "NamedEntityRecognition", LabelAttributeName="names"
    )
    [boxes], [spans] = portal.tasks("boxes", 1), portal.tasks("spans", 1)
    assert b"<textarea" in portal.request(f"/work/{boxes['id']}")[2]
    assert b"<blockquote>A cat sat" in portal.request(f"/work/{spans['id']}")[2]
    box = {"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4}
    drawn = {"boundingBox": {"boundingBoxes": [box], "inputImageProperties": {"width": 9, "height": 9}}}
    entities = [{"label": "cat", "startOffset": 2, "endOffset": 5}]
    assert portal.answer(boxes, "ann", drawn)[0] == 200
    assert portal.answer(spans, "ann", {"crowd-entity-annotation": {"entities": entities}})[0] == 200
    [line] = _written(client, _ended(sagemaker, "boxes")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert line["animal"]["annotations"] == [{"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}]
    [line] = _written(client, _ended(sagemaker, "spans")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert line["names"]["annotations"]["entities"] == entities


def test_an_adjustment_says_whether_it_has_changed_anything(
    sagemaker: Any, client: Clients, portal: WorkerPortal
) -> None:
    box = {"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}
    before = {"image_size": [{"width": 9, "height": 9, "depth": 3}], "annotations": [box]}
    lines = [{**line, "boxes": before} for line in _images("a", "b")]
    audits = {"auditLabelAttributeName": "boxes"}
    _start(sagemaker, client, "adjusted", lines, "AdjustmentBoundingBox", categories=audits)
    for task, left in zip(portal.tasks("adjusted", 2), (1, 5), strict=True):
        drawn = {"label": "cat", "left": left, "top": 2, "width": 3, "height": 4}
        size = {"inputImageProperties": {"width": 9, "height": 9}}
        assert portal.answer(task, "ann", {"boundingBox": {"boundingBoxes": [drawn], **size}})[0] == 200
    written = _written(client, _ended(sagemaker, "adjusted")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    statuses = [line["animal-metadata"]["adjustment-status"] for line in written]
    assert statuses == ["unadjusted", "adjusted"]
    assert [line["boxes"] for line in written] == [before, before]

    url = f"s3://{BUCKET}/before.png"
    client("s3").put_object(Bucket=BUCKET, Key="before.png", Body=b"PNG")
    masks = [{**line, "mask-ref": url} for line in _images("a", "b")]
    _start(
        sagemaker,
        client,
        "masks",
        masks,
        "AdjustmentSemanticSegmentation",
        LabelAttributeName="new-ref",
        categories={"auditLabelAttributeName": "mask-ref"},
    )
    for task, content in zip(portal.tasks("masks", 2), ("UE5H", "Tk9X"), strict=True):
        painted = {"labelMappings": {}, "labeledImage": {"pngImageData": content}}
        assert portal.answer(task, "ann", {"crowd-semantic-segmentation": painted})[0] == 200
    written = _written(client, _ended(sagemaker, "masks")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert [line["new-ref-metadata"]["adjustment-status"] for line in written] == statuses


def test_a_mask_is_an_object_of_its_own(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "mask", _images("a"), "SemanticSegmentation", LabelAttributeName="mask-ref")
    [task] = portal.tasks("mask", 1)
    painted = {
        "labelMappings": {"cat": {"color": "#ff0000"}},
        "labeledImage": {"pngImageData": "UE5H"},
        "inputImageProperties": {"width": 1, "height": 1},
    }
    assert portal.answer(task, "ann", {"crowd-semantic-segmentation": painted})[0] == 200
    [line] = _written(client, _ended(sagemaker, "mask")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    key = line["mask-ref"].removeprefix(f"s3://{BUCKET}/")
    assert key.startswith("labels/mask/annotations/consolidated-annotation/output/0/")
    assert client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"PNG"


def test_a_stream_is_labeled_as_it_comes_and_runs_until_it_is_stopped(
    sagemaker: Any, client: Clients, portal: WorkerPortal
) -> None:
    sns, sqs = client("sns"), client("sqs")
    arrivals, labels = (sns.create_topic(Name=name)["TopicArn"] for name in ("arrivals", "labels"))
    heard = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=labels, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    output = {"S3OutputPath": f"s3://{BUCKET}/labels/", "SnsTopicArn": labels}
    source = {"SnsDataSource": {"SnsTopicArn": arrivals}}
    given: dict[str, Any] = {"InputConfig": {"DataSource": source}, "OutputConfig": output}
    _start(sagemaker, client, "Stream", [], human={"MaxConcurrentTaskCount": 1}, **given)

    def job() -> dict[str, Any]:
        return sagemaker.describe_labeling_job(LabelingJobName="Stream")

    wait_for(job, lambda described: described["LabelingJobStatus"] == "InProgress")
    known = {**_images("a")[0], "dataset-objectid-attribute-name": "key", "key": "one"}
    for message in (known, known, *_images("b"), {"image": "c"}):
        sns.publish(TopicArn=arrivals, Message=json.dumps(message))
    [first] = portal.tasks("Stream", 1)
    assert first["input"]["taskObject"].endswith("/a.png")
    waiting = sqs.get_queue_url(QueueName="GroundTruth-stream")["QueueUrl"]
    depth = sqs.get_queue_attributes(QueueUrl=waiting, AttributeNames=["ApproximateNumberOfMessages"])
    assert depth["Attributes"] == {"ApproximateNumberOfMessages": "3"}
    assert portal.answer(first, "ann", {"label": "cat"})[0] == 200
    told = wait_for(
        lambda: sqs.receive_message(QueueUrl=heard).get("Messages", []), lambda messages: len(messages) == 1
    )
    line = json.loads(told[0]["Body"])
    assert (line["animal"], line["key"], line["animal-metadata"]["class-name"]) == (0, "one", "cat")
    [second] = wait_for(lambda: portal.tasks("Stream", 1), lambda tasks: tasks[0]["id"] != first["id"])
    assert second["input"]["taskObject"].endswith("/b.png")
    assert job()["LabelingJobStatus"] == "InProgress"
    output_url = f"s3://{BUCKET}/labels/Stream/manifests/output/output.manifest"
    assert _written(client, output_url)[0] == line
    assert portal.answer(second, "ann", {"label": "dog"})[0] == 200
    counted = wait_for(job, lambda described: described["LabelCounters"].get("FailedNonRetryableError") == 1)
    assert counted["LabelCounters"]["HumanLabeled"] == 2
    sagemaker.stop_labeling_job(LabelingJobName="Stream")
    ended = _ended(sagemaker, "Stream")
    assert ended["LabelingJobStatus"] == "Stopped"
    assert ended["LabelingJobOutput"]["OutputDatasetS3Uri"] == output_url
    _, later, unreadable = _written(client, output_url)
    assert later["dataset-objectid-attribute-name"] == "$animal-object-id"
    assert later["$animal-object-id"]
    assert "neither source-ref nor source" in unreadable["animal-metadata"]["failure-reason"]
    assert sns.list_subscriptions_by_topic(TopicArn=arrivals)["Subscriptions"] == []
    assert waiting == sqs.get_queue_url(QueueName="GroundTruth-stream")["QueueUrl"]


CODE = """
import json, boto3, os

def before(event, _context):
    text = event["dataObject"]["source"]
    assert event["version"] == "2018-10-16"
    if text == "broken":
        raise ValueError("no question for this")
    asks = "false" if text == "known" else "true"
    return {"taskInput": {"question": text + "?"}, "isHumanAnnotationRequired": asks}

def after(event, _context):
    bucket, _, key = event["payload"]["s3Uri"].removeprefix("s3://").partition("/")
    asked = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert event["labelCategories"] == ["cat", "dog"]

    def label(each):
        scores = [json.loads(one["annotationData"]["content"])["score"] for one in each["annotations"]]
        return {event["labelAttributeName"]: {"mean": sum(scores) / len(scores), "of": each["dataObject"]["content"]}}

    return [
        {"datasetObjectId": each["datasetObjectId"], "consolidatedAnnotation": {"content": label(each)}}
        for each in asked
    ]
"""


@pytest.fixture(scope="module")
def own_functions(client: Clients) -> dict[str, str]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("own.py", CODE)
    made: dict[str, str] = {}
    for name in ("before", "after"):
        made[name] = client("lambda").create_function(
            FunctionName=f"labeling-{name}",
            Runtime="python3.13",
            Role=ROLE,
            Handler=f"own.{name}",
            Code={"ZipFile": packed.getvalue()},
        )["FunctionArn"]
    return made


def test_functions_of_ones_own_are_before_and_after(
    sagemaker: Any, client: Clients, portal: WorkerPortal, own_functions: dict[str, str]
) -> None:
    after = {"AnnotationConsolidationLambdaArn": own_functions["after"]}
    human = {
        "PreHumanTaskLambdaArn": own_functions["before"],
        "AnnotationConsolidationConfig": after,
        "NumberOfHumanWorkersPerDataObject": 2,
    }
    lines = [{"source": text} for text in ("good", "known", "broken")]
    _start(sagemaker, client, "custom", lines, human=human)
    [task] = portal.tasks("custom", 1)
    assert task["input"] == {"question": "good?"}
    assert task["form"] == "custom"
    for worker, score in (("ann", 1), ("bob", 2)):
        assert portal.answer(task, worker, {"score": score})[0] == 200
    job = _ended(sagemaker, "custom")
    assert job["LabelingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["LabelCounters"]["FailedNonRetryableError"] == 1
    good, known, broken = _written(client, job["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert good["animal"] == {"mean": 1.5, "of": "good"}
    assert known == {"source": "known"}
    assert "no question for this" in broken["animal-metadata"]["failure-reason"]
    assert "animal" not in broken


def test_without_functions_the_answers_are_the_labels(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    human = {"PreHumanTaskLambdaArn": None, "AnnotationConsolidationConfig": None}
    _start(sagemaker, client, "plain", [{"source": "x"}], human=human)
    [task] = portal.tasks("plain", 1)
    assert task["input"] == {"source": "x"}
    assert portal.answer(task, "ann", {"anything": 1})[0] == 200
    [line] = _written(client, _ended(sagemaker, "plain")["LabelingJobOutput"]["OutputDatasetS3Uri"])
    assert line["animal"] == {}
    assert line["animal-metadata"]["type"] == "groundTruth/custom"
    key = line["animal-metadata"]["worker-response-ref"].removeprefix(f"s3://{BUCKET}/")
    [answer] = json.loads(client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())["answers"]
    assert answer["answerContent"] == {"anything": 1}


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        (
            "auto",
            {"LabelingJobAlgorithmsConfig": {"LabelingJobAlgorithmSpecificationArn": "arn:x"}},
            "automated labeling",
        ),
        (
            "unheard",
            {
                "InputConfig": {
                    "DataSource": {"SnsDataSource": {"SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:nowhere"}}
                }
            },
            "nowhere cannot be subscribed to",
        ),
        ("lost", {"LabelCategoryConfigS3Uri": f"s3://{BUCKET}/nowhere.json"}, "nowhere.json cannot be read"),
        (
            "mixed",
            {
                "human": {
                    "AnnotationConsolidationConfig": {
                        "AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-BoundingBox"
                    }
                }
            },
            "PRE-ImageMultiClass with another function after it",
        ),
    ],
)
def test_what_cannot_run_fails_with_its_reason(
    name: str, given: dict[str, Any], reason: str, sagemaker: Any, client: Clients, portal: WorkerPortal
) -> None:
    _start(sagemaker, client, name, _images("a"), **given)
    job = _ended(sagemaker, name)
    assert job["LabelingJobStatus"] == "Failed"
    assert reason in job["FailureReason"]


def test_a_manifest_that_is_none_fails_with_its_line(sagemaker: Any, client: Clients, portal: WorkerPortal) -> None:
    _start(sagemaker, client, "unread", [{"source-ref": "s3://x/y"}, {"image": "z"}])
    job = _ended(sagemaker, "unread")
    assert "line 2 has neither source-ref nor source" in job["FailureReason"]
