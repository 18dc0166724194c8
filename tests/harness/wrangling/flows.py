"""Flows made of a few words, with node names that read well."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def source(name: str, node: str, **settings: Any) -> dict[str, Any]:
    """A data set in S3, of CSV with a line of names unless ``settings`` say otherwise."""
    context = {"s3Uri": f"s3://of-the-author/{name}", "s3ContentType": "csv", "s3HasHeader": True, **settings}
    definition = {"datasetSourceType": "S3", "name": name, "description": None, "s3ExecutionContext": context}
    return {
        "node_id": node,
        "type": "SOURCE",
        "operator": "sagemaker.s3_source_0.1",
        "parameters": {"dataset_definition": definition},
        "inputs": [],
        "outputs": [{"name": "default", "sampling": {"sampling_method": "sample_by_limit", "limit_rows": 50_000}}],
    }


def step(
    node: str,
    operator: str,
    parameters: Mapping[str, Any],
    *inputs: str,
    outputs: Sequence[str] = ("default",),
    learned: Mapping[str, Any] | None = None,
    kind: str = "TRANSFORM",
) -> dict[str, Any]:
    """A node that reads ``inputs``, each ``NODE`` or ``NODE.OUTPUT``."""
    read = [each.partition(".")[::2] for each in inputs]
    return {
        "node_id": node,
        "type": kind,
        "operator": operator,
        "parameters": dict(parameters),
        "trained_parameters": dict(learned or {}),
        "inputs": [{"name": "df", "node_id": name, "output_name": output or "default"} for name, output in read],
        "outputs": [{"name": each} for each in outputs],
    }


def chosen(operator: str, choice: str, member: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    """Operator and parameters of a step that is one of several, such as ``Drop column``."""
    return f"sagemaker.spark.{operator}_0.1", {"operator": choice, member: parameters}


def flow(*nodes: Mapping[str, Any], version: int = 1) -> str:
    """The text of a ``.flow`` file."""
    return json.dumps({"metadata": {"version": version, "disable_limits": False}, "nodes": list(nodes)})


CUSTOMERS = flow(
    source("customers.csv", "read"),
    step(
        "types",
        "sagemaker.spark.infer_and_cast_type_0.1",
        {},
        "read",
        learned={"schema": {"id": "string", "age": "long", "plan": "string", "amount": "float"}},
    ),
    step(
        "fill",
        *chosen(
            "handle_missing",
            "Impute",
            "impute_parameters",
            column_type="Numeric",
            numeric_parameters={"strategy": "Mean", "input_column": ["age"]},
        ),
        "types",
    ),
    step(
        "encode",
        *chosen(
            "encode_categorical",
            "One-hot encode",
            "one_hot_encode_parameters",
            invalid_handling_strategy="Keep",
            drop_last=False,
            output_style="Columns",
            input_column="plan",
        ),
        "fill",
    ),
    step(
        "formula",
        "sagemaker.spark.custom_formula_0.1",
        {"output_column": "per_year", "formula": "round(amount / age, 2)"},
        "encode",
    ),
    step("chart", "sagemaker.visualizations.histogram_0.1", {"x_axis": "age"}, "formula", kind="VISUALIZATION"),
)
"""Types cast, a mean filled in, a column encoded, one computed, and a picture of it."""

CUSTOMER_ROWS = "id,age,plan,amount\nc-1,20,basic,10\nc-2,,gold,20\nc-3,40,basic,30.5\n"
PREPARED = (
    "id,age,amount,plan_basic,plan_gold,per_year\n"
    "c-1,20.0,10.0,1.0,0.0,0.5\n"
    "c-2,30.0,20.0,0.0,1.0,0.67\n"
    "c-3,40.0,30.5,1.0,0.0,0.76\n"
)
