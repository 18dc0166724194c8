"""A monitor of Model Monitor: what it provisions and may do, what reaches the API, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from harness.api_shapes import problems_of_resource
from harness.policies import actions_of, statements_of
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.tagging import add_tags
from sagemaker_constructs.data import ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    AttributionDriftMonitoring,
    BaselineDefinition,
    BiasDriftMonitoring,
    ClarifyAnalysis,
    DataQualityMonitoring,
    ModelMonitor,
    ModelQualityMonitoring,
    MonitorBaseline,
    MonitoredEndpoint,
    MonitoredTransforms,
    MonitoringTimes,
    QualityBaselineDefinition,
)
from sagemaker_constructs.observability import Alarms, Dashboard
from sagemaker_constructs.pipelines import DriftTrigger, FailStep, Pipeline, PipelineTriggers
from sagemaker_constructs.serving import DataCapture, ImportedEndpoint

OWN = ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1")
BIAS = ClarifyAnalysis(
    {
        "headers": ["age", "plan", "left"],
        "label": "left",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
    }
)
SHAP = ClarifyAnalysis(
    {
        "headers": ["age", "plan"],
        "methods": {"shap": {"num_samples": 100, "agg_method": "mean_abs"}},
        "predictor": {"model_name": "Churn", "instance_type": "ml.m5.large", "initial_instance_count": 1},
    }
)


def _stack() -> Stack:
    return Stack(App(), "Serving", env=Environment(region="us-east-1"))


def _endpoint(stack: Stack, bucket: s3.IBucket, **given: Any) -> MonitoredEndpoint:
    imported = ImportedEndpoint(stack, "Endpoint", endpoint_name="churn", default_variant="AllTraffic")
    return MonitoredEndpoint(imported, DataCapture(bucket), **given)


def _checks(bucket: s3.IBucket) -> dict[str, Any]:
    truth = ProcessingInput(bucket, "truth/")
    return {
        "data": DataQualityMonitoring(
            baseline=MonitorBaseline(bucket, "baseline"), graphs=["feature_baseline_drift_age"]
        ),
        "model": ModelQualityMonitoring(
            baseline=MonitorBaseline(bucket, "baseline"),
            problem="BinaryClassification",
            truth=truth,
            times=MonitoringTimes.daily(5),
            start_offset="-P8D",
            end_offset="-P1D",
        ),
        "bias": BiasDriftMonitoring(baseline=MonitorBaseline.of_clarify(bucket, "bias"), analysis=BIAS, truth=truth),
        "attributions": AttributionDriftMonitoring(analysis=SHAP),
    }


def _monitor(stack: Stack, bucket: s3.IBucket, **given: Any) -> ModelMonitor:
    arguments: dict[str, Any] = {"checks": _checks(bucket), "reports": ProcessingOutput(bucket, "reports/"), **given}
    if "watched" not in arguments:
        places: dict[str, Any] = {"prediction": "0", "probability": "1", "probability_threshold": 0.7}
        arguments["watched"] = _endpoint(stack, bucket, **places)
    return ModelMonitor(stack, "Monitor", **arguments)


@pytest.fixture(scope="module")
def made() -> tuple[ModelMonitor, Template]:
    """A monitor of an endpoint with every check, watched by alarms and a dashboard."""
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    monitor = _monitor(stack, bucket, tags={"team": "churn"})
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    monitor.on_violation("Told", topic=topic)
    pipeline = Pipeline(stack, "Retrain", steps=[FailStep("Train", message="no")])
    PipelineTriggers(stack, "Starts", pipeline=pipeline, triggers={"drift": DriftTrigger(monitor)})
    Alarms(stack, "Alarms", watched=[monitor], topic=topic)
    Dashboard(stack, "Dashboard", watched=[monitor])
    add_tags(stack, {"cost": "7"})
    return monitor, Template.from_stack(stack)


def _only(template: Template, kind: str) -> dict[str, Any]:
    found = template.find_resources(f"AWS::SageMaker::{kind}")
    assert len(found) == 1, [*found]
    return next(iter(found.values()))["Properties"]


def _definition(stack: Stack, kind: str = "DataQuality") -> dict[str, Any]:
    return _only(Template.from_stack(stack), f"{kind}JobDefinition")


@pytest.mark.parametrize("kind", ["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"])
def test_definitions_are_what_the_api_takes(made: tuple[ModelMonitor, Template], kind: str) -> None:
    properties = _only(made[1], f"{kind}JobDefinition")
    assert problems_of_resource(f"{kind}JobDefinition", properties) == []
    for schedule in made[1].find_resources("AWS::SageMaker::MonitoringSchedule").values():
        assert problems_of_resource("MonitoringSchedule", schedule["Properties"]) == []


def test_each_check_has_a_schedule_of_a_definition(made: tuple[ModelMonitor, Template]) -> None:
    monitor, template = made
    schedules = {
        each["Properties"]["MonitoringScheduleName"]: each["Properties"]["MonitoringScheduleConfig"]
        for each in template.find_resources("AWS::SageMaker::MonitoringSchedule").values()
    }
    assert schedules.keys() == {f"{monitor.monitor_name}-{name}" for name in monitor.checks}
    config = schedules[monitor.schedule_name("model")]
    assert config["ScheduleConfig"] == {"ScheduleExpression": "cron(0 5 ? * * *)"}
    assert config["MonitoringType"] == "ModelQuality"
    name = config["MonitoringJobDefinitionName"]
    assert _only(template, "ModelQualityJobDefinition")["JobDefinitionName"] == name
    assert len(name) <= 63


def test_what_an_endpoint_captures_is_read(made: tuple[ModelMonitor, Template]) -> None:
    given = _only(made[1], "ModelQualityJobDefinition")["ModelQualityJobInput"]
    assert given["EndpointInput"] == {
        "EndpointName": "churn",
        "LocalPath": "/opt/ml/processing/input/captured",
        "InferenceAttribute": "0",
        "ProbabilityAttribute": "1",
        "ProbabilityThresholdAttribute": 0.7,
        "StartTimeOffset": "-P8D",
        "EndTimeOffset": "-P1D",
    }
    assert json.dumps(given["GroundTruthS3Input"]).endswith('"/truth"]]}}')


def test_defaults_of_jobs(made: tuple[ModelMonitor, Template]) -> None:
    data, model, explained = (
        _only(made[1], f"{kind}JobDefinition") for kind in ("DataQuality", "ModelQuality", "ModelExplainability")
    )
    cluster = data["JobResources"]["ClusterConfig"]
    assert (cluster["InstanceType"], cluster["InstanceCount"], cluster["VolumeSizeInGB"]) == ("ml.m5.xlarge", 1, 30)
    assert "VolumeKmsKeyId" in cluster
    assert "KmsKeyId" in data["DataQualityJobOutputConfig"]
    assert data["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert model["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}, (
        "half a day would be allowed, an hour is enough"
    )
    assert data["NetworkConfig"] == {
        "EnableInterContainerTrafficEncryption": False,
        "EnableNetworkIsolation": True,
    }
    assert not explained["NetworkConfig"]["EnableNetworkIsolation"], "it asks an endpoint"
    assert data["DataQualityAppSpecification"] == {
        "ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer",
        "Environment": {"publish_cloudwatch_metrics": "Enabled"},
    }
    assert explained["ModelExplainabilityAppSpecification"]["ImageUri"].endswith("/sagemaker-clarify-processing:1.0")


def test_only_data_quality_is_compared_with_statistics(made: tuple[ModelMonitor, Template]) -> None:
    data = _only(made[1], "DataQualityJobDefinition")["DataQualityBaselineConfig"]
    model = _only(made[1], "ModelQualityJobDefinition")["ModelQualityBaselineConfig"]
    assert data.keys() == {"ConstraintsResource", "StatisticsResource"}
    assert model.keys() == {"ConstraintsResource"}
    assert "ModelExplainabilityBaselineConfig" not in _only(made[1], "ModelExplainabilityJobDefinition")


def test_hourly_jobs_that_merge_truth_have_half_an_hour(made: tuple[ModelMonitor, Template]) -> None:
    assert _only(made[1], "ModelBiasJobDefinition")["StoppingCondition"] == {"MaxRuntimeInSeconds": 1800}


def test_tags_of_the_app_replace_no_definition(made: tuple[ModelMonitor, Template]) -> None:
    tags = _only(made[1], "DataQualityJobDefinition")["Tags"]
    assert tags == [{"Key": "team", "Value": "churn"}]


def test_a_changed_definition_has_another_name_and_the_schedule_stays() -> None:
    names: list[tuple[str, str]] = []
    for threshold in (0.5, 0.6, 0.6):
        stack = _stack()
        bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
        watched = _endpoint(stack, bucket, probability_threshold=threshold)
        monitor = _monitor(stack, bucket, watched=watched, checks={"data": DataQualityMonitoring()})
        names.append((monitor.schedule_name("data"), _definition(stack)["JobDefinitionName"]))
    assert names[0][0] == names[1][0]
    assert names[0][1] != names[1][1]
    assert names[1] == names[2]


def test_transforms_in_every_format() -> None:
    formats: dict[str, Any] = {
        "csv": {"Csv": {"Header": False}},
        "csv with header": {"Csv": {"Header": True}},
        "json": {"Json": {"Line": False}},
        "json lines": {"Json": {"Line": True}},
        "parquet": {"Parquet": True},
    }
    for name, expected in formats.items():
        stack = _stack()
        bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
        watched = MonitoredTransforms(bucket, "captured/", cast(Any, name), data=[ProcessingInput(bucket, "scored")])
        monitor = _monitor(stack, bucket, watched=watched, checks={"data": DataQualityMonitoring()})
        given = _definition(stack)["DataQualityJobInput"]["BatchTransformInput"]
        assert given["DatasetFormat"] == expected
        assert monitor.metric("data", "feature_null_age").namespace == "aws/sagemaker/ModelMonitoring/data-metrics"
        assert monitor.metric("data", "feature_null_age").dimensions == {
            "MonitoringSchedule": monitor.schedule_name("data")
        }


def test_metrics_are_those_of_model_monitor(made: tuple[ModelMonitor, Template]) -> None:
    monitor = made[0]
    metric = monitor.metric("bias", "bias_metric_CI", {"Facet": "age"})
    assert (metric.namespace, metric.metric_name) == ("aws/sagemaker/Endpoints/bias-metrics", "bias_metric_CI")
    schedule = monitor.schedule_name("bias")
    assert metric.dimensions == {"Endpoint": "churn", "MonitoringSchedule": schedule, "Facet": "age"}
    own = [
        monitor.metric_violations("bias"),
        monitor.metric_executions("bias"),
        monitor.metric_failed_executions("bias"),
        monitor.metric_rows("bias"),
    ]
    from lambdas.monitor import executions, telling

    source = "".join(Path(each.__file__ or "").read_text() for each in (executions, telling))
    for each in own:
        assert each.dimensions == {"Monitor": schedule}
        assert f'"{each.metric_name}"' in source


def test_alarms_lead_to_the_runbook(made: tuple[ModelMonitor, Template]) -> None:
    headings = set((Path(__file__).parents[3] / "docs" / "drift-runbook.md").read_text().splitlines())
    texts = [
        each["Properties"]["AlarmDescription"] for each in made[1].find_resources("AWS::CloudWatch::Alarm").values()
    ]
    of_monitor = [text for text in texts if "docs/drift-runbook.md#" in text]
    assert len(of_monitor) == 4 * 3
    assert {f"## {text.partition('#')[2]}" for text in of_monitor} <= headings
    assert any("the quality of data of churn" in text for text in of_monitor)


def test_one_that_runs_once_is_never_silent() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    once = DataQualityMonitoring(times=MonitoringTimes.once(start="-PT6H"))
    monitor = _monitor(stack, bucket, checks={"data": once})
    assert monitor.violation_alarms["data"].silent is None
    schedule = _only(Template.from_stack(stack), "MonitoringSchedule")["MonitoringScheduleConfig"]
    assert schedule["ScheduleConfig"] == {
        "ScheduleExpression": "NOW",
        "DataAnalysisStartTime": "-PT6H",
        "DataAnalysisEndTime": "-PT0H",
    }


def test_rights_end_where_the_work_does(made: tuple[ModelMonitor, Template]) -> None:
    allowed = statements_of(made[1].to_json()["Resources"], "MonitorSchedulesExecutionRole")
    actions = {action for statement in allowed for action in actions_of(statement)}
    assert {"s3:GetObject", "s3:PutObject", "ecr:BatchGetImage", "sagemaker:CreateEndpoint"} <= actions
    assert not any(action.endswith("*") for action in actions)
    [asked] = [each for each in allowed if "sagemaker:InvokeEndpoint" in actions_of(each)]
    assert f":endpoint/{made[0].monitor_name}*" in json.dumps(asked["Resource"])


def test_events_are_of_the_schedules(made: tuple[ModelMonitor, Template]) -> None:
    monitor = made[0]
    names = [monitor.schedule_name(each) for each in monitor.checks]
    assert monitor.event_pattern("drifted")["detail"] == {
        "monitor": names,
        "confirmed_count": [{"numeric": [">", 0]}],
    }
    assert monitor.event_pattern("failed", "bias") == {
        "source": ["sagemaker-constructs.monitoring"],
        "detail-type": ["Drift Monitor Run Failed"],
        "detail": {"monitor": [monitor.schedule_name("bias")]},
    }


def test_the_dashboard_shows_what_was_asked_for(made: tuple[ModelMonitor, Template]) -> None:
    [board] = made[1].find_resources("AWS::CloudWatch::Dashboard").values()
    assert "feature_baseline_drift_age" in json.dumps(board)


def test_it_says_that_the_service_is_closed_and_names_the_twin() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    _monitor(stack, bucket)
    QualityBaselineDefinition(
        stack, "Baseline", rows=ProcessingInput(bucket, "rows"), output=ProcessingOutput(bucket, "baseline")
    )
    for path in ("/Serving/Monitor", "/Serving/Baseline"):
        [warned] = Annotations.from_stack(stack).find_warning(path, Match.any_value())
        assert "since 2026-07-30" in str(warned.entry.data)
        assert "DriftMonitor" in str(warned.entry.data)


def test_an_image_of_ones_own_is_told_what_it_looks_at() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    made = BaselineDefinition(
        stack,
        "Baseline",
        rows=ProcessingInput(bucket, "rows"),
        output=ProcessingOutput(bucket, "baseline"),
        image=OWN,
    )
    check = BiasDriftMonitoring(
        analysis=BIAS, truth=ProcessingInput(bucket, "truth"), baseline=MonitorBaseline.of_library(made)
    )
    _monitor(stack, bucket, image=OWN, checks={"bias": check}, metrics=False)
    definition = _definition(stack, "ModelBias")
    assert definition["ModelBiasAppSpecification"]["Environment"] == {
        "publish_cloudwatch_metrics": "Disabled",
        "analysis_type": "MODEL_BIAS",
    }
    assert definition["NetworkConfig"]["EnableNetworkIsolation"]
    [resource] = definition["ModelBiasBaselineConfig"].values()
    assert json.dumps(resource).endswith('/baseline/statistics.json"]]}}')


def test_scripts_are_assets(tmp_path: Path) -> None:
    before = tmp_path / "before.py"
    before.write_text("def preprocess_handler(inference_record):\n    return []\n")
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    _monitor(stack, bucket, checks={"data": DataQualityMonitoring(preprocessor=str(before))})
    given = _definition(stack)["DataQualityAppSpecification"]
    assert json.dumps(given["RecordPreprocessorSourceUri"]).endswith('.py"]]}')
    assert "PostAnalyticsProcessorSourceUri" not in given


REFUSED: Mapping[str, tuple[Any, str]] = {
    "no checks": ({"checks": {}}, "checks must have at least one"),
    "a long name": ({"checks": {"quality-of-data": DataQualityMonitoring()}}, "1 to 12 small letters"),
    "minutes": (
        {"checks": {"data": DataQualityMonitoring(times=MonitoringTimes("cron(5 * ? * * *)"))}},
        r"checks\.data\.times\.expression is refused by AWS",
    ),
    "too long": (
        {"max_runtime": Duration.minutes(90), "checks": {"data": DataQualityMonitoring()}},
        "max_runtime is refused by AWS: MaxRuntimeInSeconds must not exceed the frequency",
    ),
    "offsets": (
        {"checks": {"data": DataQualityMonitoring(start_offset="-PT1H", end_offset="-P1D")}},
        "start_offset must not be later than end_offset",
    ),
    "an offset ahead": (
        {"checks": {"data": DataQualityMonitoring(start_offset="PT1H")}},
        "must be days, hours or minutes such as -P1D",
    ),
    "a script": (
        {"checks": {"data": DataQualityMonitoring(postprocessor="pyproject.toml")}},
        r"checks\.data\.postprocessor must be a file of Python",
    ),
    "a script for another image": (
        {"image": OWN, "checks": {"data": DataQualityMonitoring(preprocessor="pyproject.toml")}},
        r"checks\.data\.preprocessor must be left out with an image",
    ),
    "an instance type": ({"instance_type": "ml.m5.huge"}, "instance_type must be a known value"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals(given: Mapping[str, Any], words: str) -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    with pytest.raises(InvalidInput, match=words):
        _monitor(stack, bucket, **given)


def test_all_problems_at_once() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    capture = DataCapture(bucket, mode="output")
    imported = ImportedEndpoint(stack, "Endpoint", endpoint_name="churn", default_variant="AllTraffic")
    watched = MonitoredEndpoint(imported, capture, probability_threshold=2, excluded=["a" * 101])
    with pytest.raises(InvalidInput) as caught:
        _monitor(stack, bucket, watched=watched, checks={"data": DataQualityMonitoring(start_offset="1H")})
    assert [problem.path for problem in caught.value.problems] == [
        "watched.probability_threshold",
        "watched.excluded",
        "watched.capture.mode",
        "checks.data.start_offset",
    ]


def test_a_monitor_without_severities_starts_nothing_that_waits_for_one() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    monitor = _monitor(stack, bucket)
    pipeline = Pipeline(stack, "Retrain", steps=[FailStep("Train", message="no")])
    with pytest.raises(InvalidInput, match="severity must be a known value"):
        PipelineTriggers(
            stack, "Starts", pipeline=pipeline, triggers={"drift": DriftTrigger(monitor, severity="critical")}
        )


def test_a_baseline_of_the_quality_of_a_model() -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    made = QualityBaselineDefinition(
        stack,
        "Baseline",
        rows=ProcessingInput(bucket, "rows"),
        output=ProcessingOutput(bucket, "baseline"),
        problem="BinaryClassification",
        truth="left",
        probability="score",
        probability_threshold=0.8,
    )
    assert made.request["Environment"] == {
        "dataset_format": '{"csv":{"header":true,"output_columns_position":"START"}}',
        "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
        "output_path": "/opt/ml/processing/output/monitoring_output",
        "publish_cloudwatch_metrics": "Disabled",
        "analysis_type": "MODEL_QUALITY",
        "problem_type": "BinaryClassification",
        "ground_truth_attribute": "left",
        "probability_attribute": "score",
        "probability_threshold_attribute": "0.8",
    }
    assert made.baseline == MonitorBaseline(bucket, "baseline")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"truth": "left"}, "truth must be left out of a baseline of data quality"),
        ({"problem": "Regression", "prediction": "0"}, "truth is required with a problem"),
        ({"problem": "Regression", "truth": "1"}, "prediction is required with a problem, or else probability"),
        ({"format": "parquet"}, "format must be a known value"),
    ],
)
def test_baselines_that_miss_something(given: Mapping[str, Any], words: str) -> None:
    stack = _stack()
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    with pytest.raises(InvalidInput, match=words):
        QualityBaselineDefinition(
            stack,
            "Baseline",
            rows=ProcessingInput(bucket, "rows"),
            output=ProcessingOutput(bucket, "baseline"),
            **given,
        )
