"""Clarify: its analysis configuration is judged as AWS's SDK judges it, and its metrics by their names."""

import copy
import json
import random
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_s3 as s3

from harness.api_shapes import problems_of_call
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.monitoring import ClarifyAnalysis, ClarifyDefinition, MonitorBaseline
from sagemaker_constructs.monitoring.clarify.analysis_schema import schema_problems
from sagemaker_constructs.monitoring.clarify.clarify_analysis import POST_TRAINING_METRICS, PRE_TRAINING_METRICS

CONFIG: Mapping[str, Any] = {
    "version": "1.0",
    "dataset_type": "text/csv",
    "headers": ["age", "plan", "left"],
    "label": "left",
    "label_values_or_threshold": [1],
    "probability_threshold": 0.5,
    "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
    "group_variable": "plan",
    "methods": {
        "pre_training_bias": {"methods": "all"},
        "post_training_bias": {"methods": ["DPPL", "DI", "CDDPL"]},
        "shap": {"num_samples": 100, "agg_method": "mean_abs", "baseline": [[40, 1], [30, None]]},
        "pdp": {"grid_resolution": 10, "top_k_features": 3},
        "report": {"name": "report"},
    },
    "predictor": {"model_name": "churn", "instance_type": "ml.m5.large", "initial_instance_count": 1},
}


def _changed(**changes: Any) -> dict[str, Any]:
    """The configuration with other members, or without those that are None."""
    return {name: value for name, value in {**copy.deepcopy(dict(CONFIG)), **changes}.items() if value is not None}


def _problems(config: Mapping[str, Any], use: Any = "job") -> list[str]:
    return [str(each) for each in ClarifyAnalysis(config).problems(use)]


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    members: Any = (
        cast("Mapping[str, Any]", value).items()
        if isinstance(value, dict)
        else enumerate(cast("list[Any]", value))
        if isinstance(value, list)
        else ()
    )
    for name, member in members:
        yield from _places(member, (*at, name))


def _mutated(config: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """A configuration with one member that is another value, is not there, or is one more."""
    place = draw.choice([each for each in _places(config) if each])
    holder: Any = config
    for step in place[:-1]:
        holder = holder[step]
    kind = draw.randrange(3)
    if kind == 0:
        holder[place[-1]] = draw.choice(["text", 7, 0.25, True, None, [], ["a"], [1], {}, {"a": "b"}, [["x"]]])
    elif kind == 1 and isinstance(holder, dict):
        del holder[place[-1]]
    elif isinstance(holder, dict):
        holder[draw.choice(["methods", "shap", "features", "seed", "unknown", "report", "title"])] = draw.choice(
            ["text", 3, {"name": "x"}, {"methods": ["CI"]}]
        )
    return config


@pytest.mark.whole
def test_the_schema_agrees_with_that_of_the_sdk() -> None:
    judge: Any = import_module("sagemaker.core.clarify").ANALYSIS_CONFIG_SCHEMA_V1_0
    draw = random.Random(7)
    verdicts = {True: 0, False: 0}
    wider = _changed(
        segment_config=[{"name_or_index": 0, "segments": [["a", 1]]}],
        time_series_data_config={
            "target_time_series": 0,
            "item_id": 1,
            "timestamp": "t",
            "dataset_format": "columns",
        },
        excluded_columns=[0, "a"],
        predictor={**CONFIG["predictor"], "content_type": "TEXT/CSV", "content_template": {"a": "b"}},
    )
    wider["methods"] |= {
        "asymmetric_shapley_value": {
            "direction": "chronological",
            "granularity": "timewise",
            "baseline": {"target_time_series": "mean", "static_covariates": {"a": [1, "b"]}},
        }
    }
    wider["methods"]["shap"] |= {
        "text_config": {"granularity": "token", "language": "en"},
        "image_config": {"num_segments": 3, "debug": {"class_ids": [1]}},
    }
    for _ in range(3000):
        config = _mutated(copy.deepcopy(draw.choice([dict(CONFIG), wider])), draw)
        try:
            judge.validate(copy.deepcopy(config))
            taken = True
        except Exception:
            taken = False
        # What only the point of a number tells apart is written with one.
        ours = not list(schema_problems(config))
        if ours and not taken:
            written = ClarifyAnalysis(config).document()
            judge.validate(written)
            taken = True
        assert ours == taken, (json.dumps(config), [str(each) for each in schema_problems(config)])
        verdicts[taken] += 1
    assert min(verdicts.values()) > 300, verdicts


def test_the_configuration_of_the_page_is_taken() -> None:
    assert _problems(CONFIG) == []


def test_there_are_21_metrics_and_the_library_computes_them_all() -> None:
    path = Path(__file__).parents[3] / "containers" / "monitor" / "monitor" / "bias" / "metrics.py"
    source = path.read_text()
    names = [*PRE_TRAINING_METRICS, *POST_TRAINING_METRICS]
    assert len(names) == 21
    assert [each for each in names if f'"{each}"' not in source] == []


REFUSED: Mapping[str, tuple[Any, str]] = {
    "a metric": (
        _changed(methods={"pre_training_bias": {"methods": ["CI", "DLP"]}}),
        "methods.pre_training_bias.methods[1] must be a known value, got: 'DLP'; did you mean DPL",
    ),
    "all of something": (
        _changed(methods={"pre_training_bias": {"methods": "CI"}}),
        "methods.pre_training_bias.methods must be 'all' or a list of metrics, got: 'CI'",
    ),
    "no label": (_changed(label=None), "label is required for bias"),
    "no facet": (_changed(facet=None), "facet is required for bias"),
    "no group": (
        _changed(group_variable=None, methods={"pre_training_bias": {"methods": ["CDDL"]}}),
        "group_variable is required for CDDL",
    ),
    "no model": (_changed(predictor=None), "predictor is required for shap, as a model has to be asked"),
    "half a model": (
        _changed(predictor={"model_name": "churn"}),
        "predictor must have endpoint_name, or else initial_instance_count, instance_type",
    ),
    "a model beside an endpoint": (
        _changed(predictor={"endpoint_name": "churn", "model_name": "churn"}),
        "predictor.model_name must be left out beside endpoint_name",
    ),
    "no features of pdp": (
        _changed(methods={"pdp": {"grid_resolution": 10}}),
        "methods.pdp.features is required without shap, which would tell the top features",
    ),
    "a column": (_changed(label="lft"), "label must be a known value, got: 'lft'; did you mean left?"),
    "a number of a column": (_changed(label=3), "label must be below 3, the number of headers, got: 3"),
    "json lines": (
        _changed(dataset_type="application/jsonlines"),
        "features is required for application/jsonlines",
    ),
    "nothing": (_changed(methods={"report": {"name": "r"}}), "methods must have at least one method beside report"),
    "a member": (_changed(lable="left"), "lable must be a known value, got: 'lable'; did you mean label?"),
    "a type": (
        _changed(methods={"shap": {"num_samples": "many"}}),
        "methods.shap.num_samples must be a whole number, got: 'many'",
    ),
    "an enumeration": (
        _changed(methods={"shap": {"agg_method": "mean"}}),
        "methods.shap.agg_method must be a known value, got: 'mean'; allowed: mean_abs",
    ),
}


@pytest.mark.parametrize(("config", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals(config: Mapping[str, Any], words: str) -> None:
    found = _problems(config)
    assert any(each.startswith(words) for each in found), found


def test_of_drift_a_part_is_taken() -> None:
    bias = {name: CONFIG[name] for name in ("headers", "label", "label_values_or_threshold", "facet")}
    assert _problems(bias, "bias drift") == []
    assert _problems({**bias, "methods": {}}, "bias drift") == [
        "methods must be a known value, got: 'methods'; allowed: "
        "version, headers, label, label_values_or_threshold, facet, group_variable"
    ]
    explained: dict[str, Any] = {"methods": {"shap": {}}, "predictor": {"endpoint_name": "churn"}}
    assert _problems(explained, "attribution drift") == []
    assert _problems({**explained, "methods": {}}, "attribution drift") == ["methods.shap is required"]


def _stack() -> Stack:
    return Stack(App(), "Training", env=Environment(region="us-east-1"))


def _definition(stack: Stack, config: Mapping[str, Any]) -> ClarifyDefinition:
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    return ClarifyDefinition(
        stack,
        "Bias",
        rows=ProcessingInput(bucket, "rows"),
        analysis=ClarifyAnalysis(config),
        output=ProcessingOutput(bucket, "bias"),
    )


def test_a_job_is_what_the_api_and_clarify_take(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Training", env=Environment(region="us-east-1"))
    definition = _definition(stack, _changed(probability_threshold=1))
    ProcessingJob(stack, "Once", definition=definition)
    request = stack.resolve(definition.request)
    assert problems_of_call("CreateProcessingJob", {"ProcessingJobName": "j", **request}) == []
    inputs = {
        each["InputName"]: each["S3Input"]["LocalPath"] for each in cast(Any, definition.request)["ProcessingInputs"]
    }
    assert inputs == {
        "dataset": "/opt/ml/processing/input/data",
        "analysis_config": "/opt/ml/processing/input/config",
    }
    assert not cast(Any, definition.request)["NetworkConfig"]["EnableNetworkIsolation"]
    app.synth()
    [written] = [json.loads(each.read_text()) for each in tmp_path.glob("asset.*.json")]
    assert isinstance(written["probability_threshold"], float)
    assert written["predictor"] == {**CONFIG["predictor"], "endpoint_name_prefix": definition.endpoint_prefix}
    assert definition.baseline.request(statistics=False).keys() == {"ConstraintsResource"}
    assert isinstance(definition.baseline, MonitorBaseline)


def test_only_who_asks_a_model_may_make_an_endpoint() -> None:
    rights: dict[str, set[str]] = {}
    changes: dict[str, dict[str, Any]] = {
        "model": {},
        "endpoint": {"predictor": {"endpoint_name": "churn"}},
        "rows": {"predictor": None, "methods": {"pre_training_bias": {"methods": "all"}}},
    }
    for name, changed in changes.items():
        stack = _stack()
        _definition(stack, _changed(**changed))
        rights[name] = {
            action
            for statement in statements(stack)
            for action in actions_of(statement)
            if action.startswith("sagemaker:")
        }
    assert "sagemaker:CreateEndpoint" in rights["model"]
    assert rights["endpoint"] == {"sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"}
    assert rights["rows"] == set()


def test_a_configuration_that_clarify_refuses_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput, match=r"Training/Bias: analysis\.config\.label is required for bias"):
        _definition(_stack(), _changed(label=None))
