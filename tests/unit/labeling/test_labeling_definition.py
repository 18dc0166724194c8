"""Labeling: what reaches the request and the files, what the role may do, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from harness.policies import allowed, statements
from lambdas.labeling.task_types import TASK_TYPES
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.labeling import (
    CustomTask,
    LabelingBudget,
    LabelingDefinition,
    LabelingInput,
    LabelingJob,
    LabelingPace,
    LabelingStream,
    LabelingTask,
    WorkerPage,
    WorkTeam,
)
from sagemaker_constructs.labeling.built_in_tasks import built_in_tasks
from sagemaker_constructs.storage import EncryptionKey
from tools.labeling_functions import TARGET, table_text

TEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/raters"
DIGITS = [str(digit) for digit in range(10)]
FORM = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form></crowd-form>'


def _task(kind: Any = "ImageMultiClass", **given: Any) -> LabelingTask:
    arguments: dict[str, Any] = {"title": "Which digit is it?", "labels": DIGITS, **given}
    return LabelingTask(kind, **arguments)


def _definition(stack: Stack, key: kms.IKey, bucket: s3.IBucket, **given: Any) -> LabelingDefinition:
    arguments: dict[str, Any] = {
        "task": _task(),
        "input": LabelingInput(bucket, "digits/", suffixes=(".png",)),
        "output": bucket,
        "team": WorkTeam.from_arn(stack, "Team", TEAM),
        "encryption_key": key,
        **given,
    }
    return LabelingDefinition(stack, "Digits", **arguments)


def _topic(stack: Stack, name: str, **given: Any) -> sns.ITopic:
    return cast(sns.ITopic, sns.Topic(stack, name, **given))


def _request(stack: Stack, definition: LabelingDefinition) -> dict[str, Any]:
    LabelingJob(stack, "Job", definition=definition, parameter_name="/digits/labels")
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerLabelingJob").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    request = json.loads("".join(part if isinstance(part, str) else _resolved(part) for part in parts))
    shape = cast(Any, service_model()).operation_model("CreateLabelingJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate({"LabelingJobName": "job", **request}, shape)
    assert not report.has_errors(), report.generate_report()
    return request


def _resolved(part: Mapping[str, Any]) -> str:
    if part == {"Ref": "AWS::Partition"}:
        return "aws"
    [value] = part.values()
    name = str(value if isinstance(value, str) else value[1])
    return f"s3://made/{name}" if name.endswith("Url") else "arn:aws:iam::123456789012:role/r"


def _files(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerLabelingFiles").values()
    return resource["Properties"]


def test_the_table_of_functions_is_that_of_botocore() -> None:
    assert TARGET.read_text(encoding="utf-8") == table_text(), "run python -m tools.labeling_functions"
    functions: list[str] = json.loads(TARGET.read_text(encoding="utf-8"))["functions"]
    assert set(functions) - {"PassThrough"} == set(TASK_TYPES)


def test_constructs_read_the_same_tasks() -> None:
    assert {name: vars(task) for name, task in built_in_tasks().items()} == {
        name: vars(task) for name, task in TASK_TYPES.items()
    }


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    request = _request(stack, _definition(stack, key, bucket))
    assert request["LabelAttributeName"] == "label"
    human = request["HumanTaskConfig"]
    assert human["PreHumanTaskLambdaArn"] == "arn:aws:lambda:us-east-1:432418664414:function:PRE-ImageMultiClass"
    after = human["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"]
    assert after == "arn:aws:lambda:us-east-1:432418664414:function:ACS-ImageMultiClass"
    assert human["NumberOfHumanWorkersPerDataObject"] == 1
    assert human["TaskTimeLimitInSeconds"] == 600
    assert human["TaskAvailabilityLifetimeInSeconds"] == 864_000
    assert human["MaxConcurrentTaskCount"] == 1_000
    assert human["TaskDescription"] == human["TaskTitle"] == "Which digit is it?"
    assert human["UiConfig"] == {"UiTemplateS3Uri": "s3://made/PageUrl"}
    assert request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"] == "s3://made/ManifestUrl"
    assert request["OutputConfig"]["S3OutputPath"].endswith("/labels/")
    assert not {"LabelingJobAlgorithmsConfig", "Tags", "StoppingConditions"} & request.keys()
    files = _files(stack)
    assert files["SourcePrefix"] == "digits/"
    assert files["Suffixes"] == [".png"]
    assert files["MostObjects"] == 1_000
    assert files["Categories"] == DIGITS
    assert '<crowd-image-classifier name="crowd-image-classifier"' in files["Page"]


def test_everything_given_reaches_the_request(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    task = _task(description="Look closely", keywords=["digits", "images 2"], instructions="Zoom <in>")
    definition = _definition(
        stack,
        key,
        bucket,
        task=task,
        input=LabelingInput(bucket, "digits", manifest="lists/all.manifest", version="2"),
        output_prefix="out",
        attribute="digit",
        workers_per_object=3,
        automated=True,
        pace=LabelingPace(Duration.minutes(2), Duration.days(1), 50),
        budget=LabelingBudget(5_000, usd_per_answer=0.08, most_usd=1_200),
        tags={"team": "vision"},
    )
    request = _request(stack, definition)
    human = request["HumanTaskConfig"]
    assert request["LabelAttributeName"] == "digit"
    assert human["TaskDescription"] == "Look closely"
    assert human["TaskKeywords"] == ["digits", "images 2"]
    assert human["NumberOfHumanWorkersPerDataObject"] == 3
    assert (human["TaskTimeLimitInSeconds"], human["TaskAvailabilityLifetimeInSeconds"]) == (120, 86_400)
    assert human["MaxConcurrentTaskCount"] == 50
    [algorithm] = [request["LabelingJobAlgorithmsConfig"]["LabelingJobAlgorithmSpecificationArn"]]
    assert algorithm.endswith(":027400017018:labeling-job-algorithm-specification/image-classification")
    assert request["Tags"] == [{"Key": "team", "Value": "vision"}]
    files = _files(stack)
    assert files["SourceManifest"] == "lists/all.manifest"
    assert files["Version"] == "2"
    assert "Zoom &lt;in&gt;" in files["Page"]


@pytest.mark.parametrize("automated", [True, False])
def test_automated_labeling_trains_as_the_same_role_on_volumes_of_the_key(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, automated: bool
) -> None:
    definition = _definition(stack, key, bucket, automated=automated)
    request = _request(stack, definition)
    assert ("VolumeKmsKeyId" in str(request)) == automated
    assert definition.volume_key == (key if automated else None)
    found = statements(stack, "DigitsExecutionRole")
    assert bool(allowed(found, "kms:CreateGrant")) == automated
    assert bool(allowed(found, "iam:PassRole")) == automated
    logs = str(allowed(found, "logs:PutLogEvents"))
    assert all((f"/aws/sagemaker/{kind}:" in logs) == automated for kind in ("TrainingJobs", "TransformJobs"))
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerLabelingJob").values()
    policies = {name for name in template.find_resources("AWS::IAM::Policy") if "HandOnPolicy" in name}
    assert len(policies) == automated
    assert policies <= set(job["DependsOn"])
    assert bool(allowed(statements(stack, "SageMakerJobProvider"), "kms:CreateGrant")) == automated


@pytest.mark.parametrize("name", sorted(TASK_TYPES))
def test_every_built_in_task_has_a_page_and_a_request(
    name: str, stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    task = TASK_TYPES[name]
    page = WorkerPage(FORM) if task.audits and not task.ui else None
    audits = "before" if task.audits and task.ui else ""
    definition = _definition(stack, key, bucket, task=_task(name, page=page, audits=audits))
    request = _request(stack, definition)
    assert request["LabelAttributeName"] == ("label-ref" if task.reference else "label")
    ui = request["HumanTaskConfig"]["UiConfig"]
    assert ("HumanTaskUiArn" in ui) == bool(task.ui)
    files = _files(stack)
    assert ("Page" in files) == (not task.ui)
    assert list(WorkerPage(files.get("Page", FORM)).problems()) == []
    assert files.get("Audits", "") == audits
    assert ("Instructions" in files) == (name == "NamedEntityRecognition")


@pytest.mark.parametrize("manifest", [None, "first.manifest"])
def test_a_stream_hears_of_objects_and_tells_of_labels(
    manifest: str | None, stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    arrivals, labels = _topic(stack, "Arrivals"), _topic(stack, "Labels", master_key=key)
    given = {"input": LabelingInput(bucket, "digits/", manifest=manifest), "stream": LabelingStream(arrivals, labels)}
    definition = _definition(stack, key, bucket, **given)
    request = _request(stack, definition)
    source = request["InputConfig"]["DataSource"]
    assert source.keys() == {"SnsDataSource", *(["S3DataSource"] if manifest else [])}
    assert "SnsTopicArn" in request["OutputConfig"]
    assert ("Lists" in _files(stack)) == (manifest is None)
    found = statements(stack, "DigitsExecutionRole")
    [queues] = allowed(found, "sqs:ReceiveMessage")
    assert str(queues).count(":GroundTruth-*") == 1
    [subscribes] = [each for each in found if "sns:Subscribe" in each["Action"]]
    assert subscribes["Condition"]["StringEquals"] == {"sns:Protocol": "sqs"}
    assert allowed(found, "sns:Subscribe") == allowed(found, "sns:Unsubscribe") == [stack.resolve(arrivals.topic_arn)]
    assert allowed(found, "sns:Publish") != allowed(found, "sns:Subscribe")


def test_labels_of_a_stream_are_no_channel(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    definition = _definition(
        stack, key, bucket, input=LabelingInput(bucket, "a"), stream=LabelingStream(_topic(stack, "Arrivals"))
    )
    job = LabelingJob(stack, "Job", definition=definition, parameter_name="/digits/labels")
    with pytest.raises(InvalidInput, match="one with a stream is stopped"):
        job.training_input(Stack(cast(Any, stack.node.scope), "Later"))


def test_what_a_topic_tells_of_is_not_counted_beforehand(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    stream = LabelingStream(_topic(stack, "Arrivals"))
    with pytest.raises(InvalidInput) as refused:
        _definition(stack, key, bucket, stream=stream, automated=True, budget=LabelingBudget(10))
    told = str(refused.value)
    assert "automated is not available in a streaming job" in told
    assert "budget is for objects that are known beforehand" in told
    assert "input.suffixes is for objects that are listed" in told


def test_a_custom_task_calls_functions_of_its_own(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    before, after = (
        lambda_.Function.from_function_attributes(
            stack, name, function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}", same_environment=True
        )
        for name in ("Before", "After")
    )
    task = _task(CustomTask(before, after), page=WorkerPage(FORM))
    request = _request(stack, _definition(stack, key, bucket, task=task, workers_per_object=2))
    assert request["HumanTaskConfig"]["PreHumanTaskLambdaArn"].endswith(":Before")
    called = allowed(statements(stack, "DigitsExecutionRole"), "lambda:InvokeFunction")
    assert [str(each).rpartition(":")[2] for each in called] == ["Before", "After"]


def test_the_role_reads_the_objects_and_writes_its_own_prefix(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    _definition(stack, key, bucket)
    found = statements(stack, "DigitsExecutionRole")
    assert all("/labels/*" in str(each) for each in allowed(found, "s3:PutObject"))
    assert any("/digits/*" in str(each) for each in allowed(found, "s3:GetObject"))
    assert allowed(found, "lambda:InvokeFunction") == []


@pytest.mark.parametrize(("kind", "served"), [("BoundingBox", True), ("TextMultiClass", False)])
def test_browsers_read_images_of_the_bucket(
    kind: str, served: bool, stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    _definition(stack, key, bucket, task=_task(kind))
    buckets = Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    rules = [each["Properties"]["CorsConfiguration"]["CorsRules"] for each in buckets if "Cors" in str(each)]
    assert bool(rules) == served
    assert all(rule["AllowedMethods"] == ["GET"] for [rule] in rules)


def test_it_says_that_the_service_is_closed_and_what_labels_cost(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    _definition(stack, key, bucket, workers_per_object=3, budget=LabelingBudget(1_000, usd_per_answer=0.08))
    said = Annotations.from_stack(stack)
    said.has_warning("*", Match.string_like_regexp("closed to new customers since 2026-07-30"))
    said.has_info("*", Match.string_like_regexp("1,000 objects for 3 workers cost at most 240.00 USD"))


def test_the_end_of_a_job_is_known_by_its_arn(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    LabelingJob(stack, "Job", definition=_definition(stack, key, bucket), parameter_name="/digits/labels")
    template = Template.from_stack(stack)
    [rule] = template.find_resources("AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["SageMaker Ground Truth Labeling Job State Change"]
    assert "detail" not in pattern
    [job] = template.find_resources("Custom::SageMakerLabelingJob").values()
    prefix = f"labeling-job/{job['Properties']['NamePrefix']}-"
    assert str(pattern["resources"][0]["prefix"]["Fn::Join"][1][-1]).endswith(prefix)


def test_labels_are_a_channel_of_a_training_that_is_deployed_later() -> None:
    app = App()
    where = Environment(account="123456789012", region="us-east-1")
    labeling, training = Stack(app, "Labeling", env=where), Stack(app, "Training", env=where)
    bucket = s3.Bucket(labeling, "Bucket")
    definition = _definition(labeling, EncryptionKey(labeling, "Key"), bucket)
    job = LabelingJob(labeling, "Job", definition=definition, parameter_name="/digits/labels")
    channel: Any = job.training_input(training).channel("train")
    source = channel["DataSource"]["S3DataSource"]
    assert source["S3DataType"] == "AugmentedManifestFile"
    assert source["AttributeNames"] == ["source-ref", "label"]
    assert source["S3Uri"].endswith("/manifests/output/output.manifest")
    assert (channel["InputMode"], channel["RecordWrapperType"]) == ("Pipe", "RecordIO")
    parameters = Template.from_stack(training).find_parameters("*").values()
    assert "/digits/labels/JobName" in [each["Default"] for each in parameters]
    assert training.dependencies == [labeling]
    with pytest.raises(InvalidInput, match="must be in another stack"):
        job.training_input(labeling)


def test_a_channel_is_in_one_bucket(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    definition = _definition(stack, key, bucket, output=s3.Bucket(stack, "Other"))
    job = LabelingJob(stack, "Job", definition=definition, parameter_name="/digits/labels")
    with pytest.raises(InvalidInput, match="must be the bucket of the objects"):
        job.training_input(Stack(cast(Any, stack.node.scope), "Later"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"task": _task("ImageMulticlass")}, r"task.kind must be a known value.*did you mean ImageMultiClass"),
        ({"task": _task(labels=["7"])}, r"task.labels must be 2 or more, got: 1"),
        ({"task": _task(labels=["7", "7"])}, r"task.labels\[1\] must be unique"),
        ({"task": _task("BoundingBox", labels=[f"l{n}" for n in range(51)])}, r"task.labels may hold at most 50"),
        ({"task": _task(title="")}, r"task.title must be 1 to 128"),
        ({"task": _task(keywords=["a-b"])}, r"task.keywords\[0\] must be 1 to 30"),
        ({"task": _task(keywords=list("abcdef"))}, r"task.keywords may hold at most 5"),
        ({"task": _task("AdjustmentBoundingBox")}, r"task.page is needed"),
        ({"task": _task("AdjustmentVideoObjectTracking")}, r"task.audits must be the attribute"),
        ({"task": _task(audits="x")}, r"task.audits is for tasks that look at labels again"),
        ({"task": _task("NamedEntityRecognition", page=WorkerPage(FORM))}, r"task.page is AWS's own"),
        ({"task": _task(CustomTask())}, r"task.page is needed"),
        (
            {"task": _task(CustomTask(), page=WorkerPage(FORM)), "workers_per_object": 2},
            r"task.kind.after is needed",
        ),
        ({"task": _task(page=WorkerPage("<p>"))}, r"task.page must have a crowd-form"),
        ({"workers_per_object": 10}, r"workers_per_object must be between 1 and 9"),
        ({"attribute": "a_b"}, r"attribute must be letters"),
        ({"attribute": "a-metadata"}, r"attribute is refused by AWS: .*-metadata"),
        ({"attribute": "a-ref"}, r"attribute is refused by AWS: .*ends in -ref"),
        ({"pace": LabelingPace(time_limit=Duration.hours(9))}, r"pace.time_limit is refused by AWS"),
        (
            {"pace": LabelingPace(Duration.hours(9)), "task": _task(CustomTask(), page=WorkerPage(FORM))},
            r"pace.time_limit is refused by AWS",
        ),
        ({"pace": LabelingPace(time_limit=Duration.seconds(20))}, r"pace.time_limit in seconds must be between 30"),
        ({"pace": LabelingPace(available_for=Duration.days(31))}, r"pace.available_for"),
        ({"pace": LabelingPace(most_tasks=0)}, r"pace.most_tasks"),
        ({"budget": LabelingBudget(100_001)}, r"budget.most_objects must be between 1 and 100000"),
        ({"budget": LabelingBudget(most_usd=1)}, r"budget.most_usd needs usd_per_answer"),
        ({"budget": LabelingBudget(usd_per_answer=0.0)}, r"budget.usd_per_answer must be greater than 0"),
        (
            {"budget": LabelingBudget(1_000, 0.08, 200), "workers_per_object": 3},
            r"budget.most_usd is exceeded: 1,000 objects for 3 workers at 0.08 USD are 240.00, got: 200.00",
        ),
        ({"automated": True, "task": _task("NamedEntityRecognition")}, r"automated is for classes, boxes and masks"),
    ],
)
def test_what_is_refused(given: dict[str, Any], reason: str, stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _definition(stack, key, bucket, **given)


def test_a_manifest_has_no_suffixes(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"input.suffixes is for objects that are listed"):
        _definition(stack, key, bucket, input=LabelingInput(bucket, "a", manifest="m", suffixes=[".png"]))


@pytest.mark.parametrize(
    ("region", "reason"), [("eu-north-1", "env.region"), (None, "needs a stack with a concrete")]
)
def test_built_in_tasks_are_where_their_functions_are(region: str | None, reason: str) -> None:
    stack = Stack(App(), "S", env=Environment(account="123456789012", region=region))
    with pytest.raises(InvalidInput, match=reason):
        _definition(stack, EncryptionKey(stack, "Key"), s3.Bucket(stack, "Bucket"))


def test_the_public_team_is_gone(stack: Stack) -> None:
    public = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
    with pytest.raises(InvalidInput, match=r"arn is refused by AWS: .*September 30, 2026"):
        WorkTeam.from_arn(stack, "Team", public)
    with pytest.raises(InvalidInput, match=r"arn must be the ARN of a work team"):
        WorkTeam.from_arn(stack, "Name", "raters")
    vendor = "arn:aws:sagemaker:us-east-1:123456789012:workteam/vendor-crowd/v"
    assert WorkTeam.from_arn(stack, "Vendor", vendor).arn == vendor


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (FORM.replace("crowd-form", "crowd-frm"), "got: crowd-frm in line 1; did you mean crowd-form or crowd-fab?"),
        (FORM.replace("</crowd-form>", ""), "crowd-form of line 1 without an end"),
        (f"{FORM}\n</div>", "got: </div> in line 2 within nothing"),
        ("<form><b></form></b>", "got: </form> in line 1 within b of line 1"),
        ("<crowd-form></crowd-form>", "must load https://assets.crowd.aws/crowd-html-elements.js"),
        (FORM.replace("crowd-form", "crowd-card"), "must have a crowd-form or a form"),
        (f"{FORM}{{{{ task.input }}", "must end each {{ with }}, got: 1"),
    ],
)
def test_pages_are_html_that_submits(html: str, reason: str) -> None:
    assert reason in " ".join(problem.message for problem in WorkerPage(html).problems())


def test_a_page_of_ones_own_is_a_file(tmp_path: Path) -> None:
    html = f"{FORM}<form><p>One<p>Two<br><input name=x><ul><li>a<li>b</ul></form>"
    (tmp_path / "page.html").write_text(html)
    assert list(WorkerPage.from_file(str(tmp_path / "page.html")).problems()) == []
