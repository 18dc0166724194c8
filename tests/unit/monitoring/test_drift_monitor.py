"""A drift monitor: what it provisions and may do, when it runs, whom it tells, and what is refused."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    AnswerBias,
    AnswerQuality,
    BaselineDefinition,
    CapturedRequests,
    CollectedTruth,
    DriftMonitor,
    DriftSettings,
    DriftTelling,
)
from sagemaker_constructs.observability import Alarms
from sagemaker_constructs.pipelines import DriftTrigger, FailStep, Pipeline, PipelineTriggers
from sagemaker_constructs.serving import DataCapture, ImportedEndpoint, InstanceRange
from sagemaker_constructs.storage import EncryptionKey

IMAGE = ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1")


QUALITY = AnswerQuality("BinaryClassification", probability="p", truth="y", thresholds={"auc": 0.02})
BIAS = AnswerBias({"sex": ["f", "x"], "age": 50}, group="plan", metrics=["DPPL", "RD"])


def _monitor(stack: Stack, bucket: s3.IBucket, **given: Any) -> DriftMonitor:
    arguments: dict[str, Any] = {
        "captured": CapturedRequests(bucket, "captured/churn/", endpoint="churn"),
        "baseline": ProcessingInput(bucket, "baseline"),
        "reports": ProcessingOutput(bucket, "reports"),
        "image": IMAGE,
        **given,
    }
    return DriftMonitor(stack, "Drift", **arguments)


@pytest.fixture(scope="module")
def made() -> tuple[DriftMonitor, Template]:
    """A monitor with all that it can have, in a stack that alarms watch from another one."""
    app = App()
    stack = Stack(app, "Serving", env=Environment(region="us-east-1"))
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket", encryption_key=EncryptionKey(stack, "Key")))
    monitor = _monitor(
        stack,
        bucket,
        settings=DriftSettings(features=["age", "plan"], outputs=["score"], thresholds={"age": 0.3}),
        telling=DriftTelling(runs=1, of_runs=2, features=["age"]),
        every=Duration.hours(6),
        delay=Duration.minutes(90),
        tags={"team": "churn"},
    )
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    monitor.on_drift("Told", topic=topic)
    monitor.on_failure("Failures", topic=topic)
    monitor.run_on("Arrivals", {"source": ["churn"]})
    pipeline = Pipeline(stack, "Retrain", steps=[FailStep("Train", message="no")])
    trigger = DriftTrigger(monitor, severity="critical", cool_down=Duration.hours(1))
    PipelineTriggers(stack, "Starts", pipeline=pipeline, triggers={"drift": trigger})
    Alarms(stack, "Alarms", watched=[monitor], topic=topic)
    return monitor, Template.from_stack(stack)


def _only(template: Template, type_: str, **properties: Any) -> dict[str, Any]:
    found = template.find_resources(type_, {"Properties": Match.object_like(properties)} if properties else {})
    assert len(found) == 1, [*found]
    return next(iter(found.values()))["Properties"]


def _function(template: Template) -> dict[str, Any]:
    return _only(template, "AWS::Lambda::Function", Handler="lambdas.monitor.handler.handler")


def _text(value: Any) -> str:
    """A property with its tokens as `-`."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_text(part) for part in value["Fn::Join"][1])
    return "arn:aws:iam::123456789012:role/r"


def test_the_request_of_a_run_is_one_that_sagemaker_takes(made: tuple[DriftMonitor, Template]) -> None:
    request = json.loads(_text(_function(made[1])["Environment"]["Variables"]["REQUEST"]))
    shape = cast(Any, service_model()).operation_model("CreateProcessingJob").input_shape
    report: Any = cast(Any, botocore.validate).ParamValidator().validate({"ProcessingJobName": "j", **request}, shape)
    assert not report.has_errors(), report.generate_report()
    assert request["NetworkConfig"]["EnableNetworkIsolation"]
    assert [each["InputName"] for each in request["ProcessingInputs"]] == [
        "captured",
        "baseline",
        "settings",
        "history",
    ]
    assert request["Tags"] == [{"Key": "team", "Value": "churn"}]


def test_the_function_is_told_what_it_needs(made: tuple[DriftMonitor, Template]) -> None:
    monitor, template = made
    variables = _function(template)["Environment"]["Variables"]
    assert json.loads(variables["MONITOR"]) == {
        "name": monitor.monitor_name,
        "endpoint": "churn",
        "prefix": monitor.monitor_name,
        "every": 6 * 3600,
        "delay": 90 * 60,
        "confirmed": [1, 2],
        "severe": 5.0,
        "features": ["age"],
    }
    assert _text(variables["CAPTURED"]).endswith("/captured/churn")
    assert _text(variables["REPORTS"]).endswith(f"/reports/{monitor.monitor_name}")
    assert len(f"{monitor.monitor_name}-2026113007-2") <= 63


def test_settings_are_those_of_the_container(tmp_path: Path) -> None:
    from monitor.settings import Settings, read_settings

    app = App(outdir=str(tmp_path))
    stack = Stack(app, "S", env=Environment(region="us-east-1"))
    more: dict[str, Any] = {
        "season": "hour of week",
        "time": "at",
        "time_zone": "Europe/Zurich",
        "reference": "rolling",
        "rolling_days": 7,
        "examples": 0,
    }
    own = DriftSettings(features=["age"], thresholds={"age": 0.3}, minimum_rows=99, **more)
    own.file(stack, "File", hours=6)
    app.synth()
    [path] = tmp_path.glob("asset.*.json")
    read = read_settings(path)
    assert read == Settings(
        features=["age"],
        outputs=[],
        ignored=[],
        categories=[],
        thresholds={"age": 0.3},
        minimum_rows=99,
        hours_between_runs=6,
        **more,
    )


@pytest.mark.parametrize(
    ("hours", "minutes", "expression"),
    [
        (1, 15, "cron(15 * * * ? *)"),
        (1, 120, "cron(0 * * * ? *)"),
        (6, 90, "cron(30 1/6 * * ? *)"),
        (24, 15, "cron(15 0 * * ? *)"),
        (24, 195, "cron(15 3 * * ? *)"),
    ],
)
def test_it_runs_when_the_files_of_a_window_have_had_time_to_come(
    stack: Stack, bucket: s3.IBucket, hours: int, minutes: int, expression: str
) -> None:
    _monitor(stack, bucket, every=Duration.hours(hours), delay=Duration.minutes(minutes))
    properties = _only(Template.from_stack(stack), "AWS::Scheduler::Schedule")
    assert properties["ScheduleExpression"] == expression
    assert json.loads(properties["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}


def test_the_function_may_do_what_a_monitor_does_and_nothing_else(made: tuple[DriftMonitor, Template]) -> None:
    monitor, template = made
    role = _only(template, "AWS::IAM::Role", Description="Starts and reads the runs of Serving/Drift")
    allowed = role["Policies"][0]["PolicyDocument"]["Statement"]
    text = json.dumps(allowed)
    assert f"processing-job/{monitor.monitor_name}-*" in text
    assert f"/reports/{monitor.monitor_name}/*" in text
    metrics = [each for each in allowed if "cloudwatch:PutMetricData" in actions_of(each)]
    assert [each["Condition"] for each in metrics] == [
        {"StringEquals": {"cloudwatch:namespace": "SageMakerConstructs/Monitoring"}}
    ]
    events = [each for each in allowed if "events:PutEvents" in actions_of(each)]
    assert [each["Condition"]["StringEquals"] for each in events] == [
        {"events:source": "sagemaker-constructs.monitoring"}
    ]
    read = [each for each in allowed if "s3:GetObject" in actions_of(each)]
    assert "captured" not in json.dumps(read), "it lists what was captured, and reads none of it"


def test_the_job_reads_captured_rows_baseline_and_its_list(made: tuple[DriftMonitor, Template]) -> None:
    monitor, template = made
    role = _only(template, "AWS::IAM::Role", Description="Runs the processing job Serving/Drift/Run")
    policies = template.find_resources("AWS::IAM::Policy").values()
    [added] = [each["Properties"] for each in policies if each["Properties"]["PolicyName"].startswith("Access")]
    text = json.dumps([role["Policies"], added])
    for each in ("/captured/churn/*", "/baseline/*", f"/reports/{monitor.monitor_name}/*"):
        assert each in text


def test_the_end_of_its_jobs_calls_the_function(made: tuple[DriftMonitor, Template]) -> None:
    monitor, template = made
    rule = _only(
        template,
        "AWS::Events::Rule",
        EventPattern=Match.object_like({"detail-type": ["SageMaker Processing Job State Change"]}),
    )
    assert rule["EventPattern"]["detail"] == {
        "ProcessingJobName": [{"prefix": f"{monitor.monitor_name}-"}],
        "ProcessingJobStatus": ["Completed", "Failed", "Stopped"],
    }
    assert "DeadLetterConfig" in rule["Targets"][0]


def test_alarms_tell_the_topic_with_severity_and_runbook(made: tuple[DriftMonitor, Template]) -> None:
    _, template = made
    found = template.find_resources("AWS::CloudWatch::Alarm").values()
    alarms = {str(each["Properties"].get("MetricName")): each["Properties"] for each in found}
    assert alarms.keys() == {
        "Runs",
        "FailedRuns",
        "SevereFeatures",
        "DriftedFeatures",
        "ApproximateNumberOfMessagesVisible",
    }
    composite = _only(template, "AWS::CloudWatch::CompositeAlarm")
    assert "AlarmActions" not in alarms["DriftedFeatures"], "the composite alarm tells"
    told = {"drifted": composite, "severe": alarms["SevereFeatures"], "failed": alarms["FailedRuns"]}
    page = Path("docs/drift-runbook.md").read_text()
    for heading, properties in {**told, "silent": alarms["Runs"]}.items():
        assert properties["AlarmActions"] == properties["OKActions"]
        assert f"docs/drift-runbook.md#{heading}" in properties["AlarmDescription"]
        assert "Severity: " in properties["AlarmDescription"]
        assert f"\n## {heading}\n" in page
    assert _text(composite["AlarmRule"]).count("ALARM(") == 2


@pytest.mark.parametrize(
    ("hours", "period", "periods"), [(1, 3600, 3), (8, 3600, 24), (12, 86400, 2), (24, 86400, 2)]
)
def test_a_monitor_that_stops_is_an_alarm(
    stack: Stack, bucket: s3.IBucket, hours: int, period: int, periods: int
) -> None:
    _monitor(stack, bucket, every=Duration.hours(hours))
    alarm = _only(Template.from_stack(stack), "AWS::CloudWatch::Alarm", MetricName="Runs")
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (period, periods)
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Statistic"] == "SampleCount", "a deployment counts as seen, with the value 0"


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("drifted", {"confirmed_count": [{"numeric": [">", 0]}]}),
        ("severe", {"severity": ["critical"]}),
        ("worse", {"confirmed_kinds": {"quality": [{"numeric": [">", 0]}]}}),
        ("biased", {"confirmed_kinds": {"bias": [{"numeric": [">", 0]}]}}),
        ("ended", {}),
        ("failed", {}),
    ],
)
def test_patterns_match_the_events_that_the_function_sends(
    made: tuple[DriftMonitor, Template], kind: Any, detail: Mapping[str, Any]
) -> None:
    from lambdas.monitor import telling

    pattern = made[0].event_pattern(kind)
    assert pattern == {
        "source": [telling.SOURCE],
        "detail-type": [telling.FAILED if kind == "failed" else telling.ENDED],
        "detail": {"monitor": [made[0].monitor_name], **detail},
    }


def test_drift_starts_a_pipeline_once_a_window(made: tuple[DriftMonitor, Template]) -> None:
    rule = _only(
        made[1],
        "AWS::Events::Rule",
        EventPattern=Match.object_like({"detail": Match.object_like({"severity": ["critical"]})}),
    )
    template = rule["Targets"][0]["InputTransformer"]["InputTemplate"]
    assert '"identity":["detail.monitor","detail.window.name"]' in template
    assert '"coolDown":3600' in template


def test_metrics_are_those_that_the_function_publishes(made: tuple[DriftMonitor, Template]) -> None:
    from lambdas.monitor import reports, telling

    monitor = made[0]
    metrics = [
        monitor.metric_runs(),
        monitor.metric_failed_runs(),
        monitor.metric_rows(),
        monitor.metric_lost_rows(),
        monitor.metric_drifted_features(),
        monitor.metric_severe_features(),
        monitor.metric_worse_metrics(),
        monitor.metric_biased_metrics(),
        monitor.metric_truth_coverage(),
        monitor.metric_quality("auc"),
        monitor.metric_bias("sex f"),
        monitor.metric_drift("age"),
    ]
    assert {each.namespace for each in metrics} == {telling.NAMESPACE}
    source = "".join(Path(each.__file__ or "").read_text() for each in (reports, telling))
    assert [each.metric_name for each in metrics if f'"{each.metric_name}"' not in source] == []
    assert metrics[-1].dimensions == {"Monitor": monitor.monitor_name, "Feature": "age"}
    [section] = monitor.dashboard_sections()
    assert [graph.title for row in section.rows for graph in row][-1] == "Drift of features"


def test_captured_requests_of_an_endpoint_lie_below_its_name(stack: Stack, bucket: s3.IBucket) -> None:
    endpoint = ImportedEndpoint(stack, "Churn", endpoint_name="churn", variants={"AllTraffic": InstanceRange(1, 1)})
    captured = CapturedRequests.of_endpoint(endpoint, DataCapture(bucket, prefix="kept"))
    assert (captured.prefix, captured.endpoint) == ("kept/churn", "churn")


def test_a_baseline_is_made_of_rows_in_a_job(stack: Stack, bucket: s3.IBucket) -> None:
    definition = BaselineDefinition(
        stack,
        "Baseline",
        rows=ProcessingInput(bucket, "rows"),
        output=ProcessingOutput(bucket, "baseline"),
        settings=DriftSettings(outputs=["score"]),
        image=IMAGE,
    )
    ProcessingJob(stack, "Once", definition=definition)
    request: Any = stack.resolve(dict(definition.request))
    assert request["AppSpecification"]["ContainerArguments"] == ["baseline"]
    assert [each["InputName"] for each in request["ProcessingInputs"]] == ["rows", "settings"]
    assert (definition.baseline.bucket, definition.baseline.prefix) == (bucket, "baseline")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"every": Duration.hours(5)}, "every must be one of 1, 2, 3, 4, 6, 8, 12, 24 hours, got: 5 hours"),
        ({"every": Duration.minutes(90)}, "every must be one of .* got: 1.5 hours"),
        ({"delay": Duration.hours(7)}, "delay in seconds must be between 60 and 21600"),
        ({"delay": Duration.seconds(90)}, "delay must be whole minutes, got: 90 s"),
        ({"settings": DriftSettings(minimum_rows=3)}, "settings.minimum_rows must be between 10"),
        ({"settings": DriftSettings(season="hour of day")}, "settings.time must name the column that says when"),
        (
            {"settings": DriftSettings(features=["at"], season="hour of week", time="at")},
            "settings.time must be no feature and no output, got: 'at'",
        ),
        ({"settings": DriftSettings(time_zone="Zürich")}, "settings.time_zone must be a name such as Europe/Zurich"),
        ({"settings": DriftSettings(rolling_days=0)}, "settings.rolling_days must be greater than 0"),
        ({"settings": DriftSettings(examples=99)}, "settings.examples must be between 0 and 20"),
        ({"settings": DriftSettings(bad_share=1.5)}, "settings.bad_share must be between 0"),
        (
            {"settings": DriftSettings(features=["age"], thresholds={"agee": 0.1})},
            "settings.thresholds must be among features or outputs, got: 'agee'",
        ),
        ({"settings": DriftSettings(thresholds={"age": 0})}, "settings.thresholds.age must be"),
        (
            {"settings": DriftSettings(quality=AnswerQuality("Regression"))},
            "settings.quality.prediction must name the output that is predicted",
        ),
        (
            {"settings": DriftSettings(outputs=["score"], quality=AnswerQuality("Regression", prediction="scor"))},
            r"settings.quality.prediction must be a known value, got: 'scor'; did you mean score\?",
        ),
        (
            {"settings": DriftSettings(quality=dataclasses.replace(QUALITY, thresholds={"aucc": 0.1}))},
            r"settings.quality.thresholds must be a known value, got: 'aucc'; did you mean auc\?",
        ),
        (
            {"settings": DriftSettings(bias=BIAS)},
            "settings.bias requires the quality of a problem of classes, got: none",
        ),
        (
            {"settings": DriftSettings(quality=QUALITY, bias=AnswerBias({"sex": ["f"]}, metrics=["DPLP"]))},
            r"settings.bias.metrics\[0\] must be a known value, got: 'DPLP'; did you mean DPL or DPPL",
        ),
        (
            {"settings": DriftSettings(features=["sex"], quality=QUALITY, bias=AnswerBias({"sexe": ["f"]}))},
            r"settings.bias.facets must be a known value, got: 'sexe'; did you mean sex\?",
        ),
        (
            {"settings": DriftSettings(outputs=["p", "of_age"], attributions={"age": "of_agee"})},
            r"settings.attributions.age must be a known value, got: 'of_agee'; did you mean of_age\?",
        ),
        ({"settings": DriftSettings(least_ndcg=1)}, "settings.least_ndcg must be above 0 and below 1"),
        ({"telling": DriftTelling(runs=4, of_runs=3)}, "telling.runs must be between 1 and 3"),
        ({"telling": DriftTelling(severe_times=0.5)}, "telling.severe_times must be between 1"),
        ({"instance_type": "ml.none"}, "instance_type"),
    ],
)
def test_what_cannot_watch_is_refused(stack: Stack, bucket: s3.IBucket, given: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        _monitor(stack, bucket, **given)


@pytest.mark.parametrize(
    ("every", "given", "message"),
    [
        (24, {}, r"truth requires settings\.quality, which says what answers are, got: none"),
        (
            5,
            {"settings": DriftSettings(quality=QUALITY)},
            "truth.every must be a whole number of windows and part of a",
        ),
        (
            6,
            {"settings": DriftSettings(quality=QUALITY), "every": Duration.hours(24)},
            "truth.every must be a whole number of windows and part of a day, got: 6 hours",
        ),
    ],
)
def test_truth_that_would_never_be_judged_is_refused(
    stack: Stack, bucket: s3.IBucket, every: int, given: Any, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        _monitor(stack, bucket, truth=CollectedTruth(bucket, "truth", every=Duration.hours(every)), **given)


def test_settings_that_the_container_refuses_make_no_baseline(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"Baseline: settings\.moved_share must be"):
        BaselineDefinition(
            stack,
            "Baseline",
            rows=ProcessingInput(bucket, "rows"),
            output=ProcessingOutput(bucket, "baseline"),
            settings=DriftSettings(moved_share=0),
        )


@pytest.fixture(scope="module")
def with_truth() -> tuple[DriftMonitor, Template]:
    stack = Stack(App(), "Serving", env=Environment(region="us-east-1"))
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    labels = cast(s3.IBucket, s3.Bucket(stack, "Labels"))
    monitor = _monitor(
        stack,
        bucket,
        truth=CollectedTruth(labels, "truth/churn/", every=Duration.hours(12)),
        settings=DriftSettings(features=["age", "sex", "plan"], outputs=["p"], quality=QUALITY, bias=BIAS),
    )
    Alarms(stack, "Alarms", watched=[monitor], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    return monitor, Template.from_stack(stack)


def test_truth_is_listed_by_the_function_and_read_by_the_job(with_truth: tuple[DriftMonitor, Template]) -> None:
    _, template = with_truth
    variables = _function(template)["Environment"]["Variables"]
    assert json.loads(variables["MONITOR"])["truth"] == {"every": 12 * 3600, "days": 7.0}
    assert _text(variables["TRUTH"]).endswith("/truth/churn")
    role = _only(template, "AWS::IAM::Role", Description="Starts and reads the runs of Serving/Drift")
    listed = [
        each for each in role["Policies"][0]["PolicyDocument"]["Statement"] if "s3:ListBucket" in actions_of(each)
    ]
    assert {each["Condition"]["StringLike"]["s3:prefix"][0] for each in listed} > {
        "truth/churn/*",
        "captured/churn/*",
    }
    policies = template.find_resources("AWS::IAM::Policy").values()
    [added] = [each["Properties"] for each in policies if each["Properties"]["PolicyName"].startswith("Access")]
    assert "/truth/churn/*" in json.dumps(added)


def test_worse_and_biased_answers_have_alarms_that_a_silent_monitor_ends(
    with_truth: tuple[DriftMonitor, Template],
) -> None:
    monitor, template = with_truth
    composites = template.find_resources("AWS::CloudWatch::CompositeAlarm").values()
    page = Path("docs/drift-runbook.md").read_text()
    for heading in ("worse", "biased"):
        [found] = [
            each["Properties"] for each in composites if f"#{heading}" in each["Properties"]["AlarmDescription"]
        ]
        assert found["AlarmActions"] == found["OKActions"]
        assert "AND NOT ALARM" in _text(found["AlarmRule"])
        assert f"\n## {heading}\n" in page
    assert len(monitor.alarms) == 6
    titles = [graph.title for section in monitor.dashboard_sections() for row in section.rows for graph in row]
    assert {"Quality", "Metrics that are worse", "Bias beyond the baseline's"} < {*titles}


def test_quality_and_bias_are_settings_of_the_container(tmp_path: Path) -> None:
    from monitor.bias.groups import JUDGED as BIAS_METRICS
    from monitor.quality.judging import JUDGED as QUALITY_METRICS
    from monitor.settings import read_settings
    from sagemaker_constructs.monitoring import answer_bias, answer_quality

    app = App(outdir=str(tmp_path))
    attributions = {"age": "of_age"}
    DriftSettings(quality=QUALITY, bias=BIAS, thresholds={"age": 0.3}, attributions=attributions).file(
        Stack(app, "S", env=Environment(region="us-east-1")), "File", hours=1
    )
    app.synth()
    [path] = tmp_path.glob("asset.*.json")
    read = read_settings(path)
    assert (read.problem, read.probability, read.truth) == ("BinaryClassification", "p", "y")
    assert (read.facets, read.group) == ({"sex": ["f", "x"], "age": 50}, "plan")
    assert read.bias_metrics == ["DPPL", "RD"]
    assert read.thresholds == {"age": 0.3, "auc": 0.02}
    assert read.attributions == attributions
    assert answer_bias.JUDGED == BIAS_METRICS
    assert answer_quality.JUDGED == QUALITY_METRICS
