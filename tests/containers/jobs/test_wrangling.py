"""Flows of Data Wrangler as plain processes of the wrangling image."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.wrangling.flows import CUSTOMER_ROWS, CUSTOMERS, PREPARED, chosen, flow, source, step

OUTPUT = "processing/output/nightly"


@dataclass(frozen=True)
class Ran:
    base: Path
    code: int
    said: str

    @property
    def message(self) -> str:
        return (self.base / "output" / "message").read_text()

    def output(self, place: str = "end/default", kind: str = "csv") -> str:
        return (self.base / OUTPUT / place / f"part-00000.{kind}").read_text()


Run = Callable[..., Ran]


@pytest.fixture
def run(wrangling_image: LocalImage, tmp_path: Path) -> Run:
    def start(
        text: str, data: Mapping[str, str], *wanted: str, config: Mapping[str, Any] = {"content_type": "CSV"}
    ) -> Ran:
        base = tmp_path / "ml"
        files = {f"processing/{name}/part": rows for name, rows in data.items()}
        files["processing/flow/prepare.flow"] = text
        files["config/processingjobconfig.json"] = json.dumps({"ProcessingJobName": "nightly"})
        for name, content in files.items():
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).write_text(content)
        asked = json.dumps(dict.fromkeys(wanted or ("end.default",), config))
        done = subprocess.run(
            wrangling_image.command_line(
                [f"--output-config '{asked}'", "--refit-trained-params '{\"refit\": true}'"]
            ),
            env=process_environment(wrangling_image, base),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return Ran(base, done.returncode, done.stdout)

    return start


def on(rows: str, operator: str, parameters: Mapping[str, Any], **schema: str) -> tuple[str, dict[str, str]]:
    """A flow of one step over ``rows`` whose columns have the types of ``schema``, and its data."""
    text = flow(
        source("data.csv", "read"),
        step("types", "sagemaker.spark.infer_and_cast_type_0.1", {}, "read", learned={"schema": schema}),
        step("end", operator, parameters, "types"),
    )
    return text, {"data.csv": rows}


def test_a_flow_is_run_to_its_output(run: Run) -> None:
    done = run(CUSTOMERS, {"customers.csv": CUSTOMER_ROWS}, "formula.default")
    assert done.code == 0, done.said
    assert done.output("formula/default") == PREPARED
    assert done.message == "wrote 3 rows with 6 columns of formula.default"


CASES: Mapping[str, tuple[str, tuple[str, dict[str, Any]], dict[str, str], str]] = {
    "texts that are no numbers": (
        "a\n1\nx\n2.7\n",
        ("sagemaker.spark.cast_single_data_type_0.1", {"column": "a", "data_type": "long"}),
        {"a": "string"},
        'a\n1\n""\n2\n',
    ),
    "rows of texts that are no numbers": (
        "a\n1\nx\n",
        (
            "sagemaker.spark.cast_single_data_type_0.1",
            {"column": "a", "data_type": "float", "non_castable_data_handling_method": "drop"},
        ),
        {"a": "string"},
        "a\n1.0\n",
    ),
    "texts that are no numbers beside": (
        "a,b\n1,u\nx,v\n",
        (
            "sagemaker.spark.cast_single_data_type_0.1",
            {
                "column": "a",
                "data_type": "long",
                "non_castable_data_handling_method": "replace_value_with_new_col",
                "replace_value": "7",
            },
        ),
        {"a": "string", "b": "string"},
        "a,a_typecast_error,b\n1,,u\n7,x,v\n",
    ),
    "dates": (
        "a\n24-12-2026\n31-02-2026\n",
        ("sagemaker.spark.cast_single_data_type_0.1", {"column": "a", "data_type": "date"}),
        {"a": "string"},
        'a\n2026-12-24\n""\n',
    ),
    "drop": (
        "a,b,c\n1,2,3\n",
        chosen("manage_columns", "Drop column", "drop_column_parameters", column_to_drop=["a", "c"]),
        {"a": "long", "b": "long", "c": "long"},
        "b\n2\n",
    ),
    "move": (
        "a,b,c\n1,2,3\n",
        chosen(
            "manage_columns",
            "Move column",
            "move_column_parameters",
            move_type="Move after",
            move_after_parameters={"column_to_move": "a", "target_column": "b"},
        ),
        {"a": "long", "b": "long", "c": "long"},
        "b,a,c\n2,1,3\n",
    ),
    "the most frequent": (
        "a,b\nx,1\n,2\nx,3\ny,4\n",
        chosen(
            "handle_missing",
            "Impute",
            "impute_parameters",
            column_type="Categorical",
            categorical_parameters={"input_column": "a"},
        ),
        {"a": "string", "b": "long"},
        "a,b\nx,1\nx,2\nx,3\ny,4\n",
    ),
    "the median": (
        "a,b\n1,x\n,y\n3,z\n10,z\n",
        chosen(
            "handle_missing",
            "Impute",
            "impute_parameters",
            column_type="Numeric",
            numeric_parameters={"strategy": "Approximate Median", "input_column": ["a"], "output_column": "m"},
        ),
        {"a": "long", "b": "string"},
        "a,b,m\n1,x,1.0\n,y,3.0\n3,z,3.0\n10,z,10.0\n",
    ),
    "an indicator": (
        "a,b\n1,x\n,y\n",
        chosen(
            "handle_missing", "Add indicator for missing", "add_indicator_for_missing_parameters", input_column="a"
        ),
        {"a": "long", "b": "string"},
        "a,b,a_indicator\n1,x,false\n,y,true\n",
    ),
    "rows with something missing": (
        "a,b\n1,x\n,y\n3,\n",
        chosen("handle_missing", "Drop missing", "drop_missing_parameters", dimension="Drop Rows"),
        {"a": "long", "b": "string"},
        "a,b\n1,x\n",
    ),
    "places": (
        "a\nu\nv\nv\nw\nw\n",
        chosen("encode_categorical", "Ordinal encode", "ordinal_encode_parameters", input_column="a"),
        {"a": "string"},
        "a\n2.0\n0.0\n0.0\n1.0\n1.0\n",
    ),
    "a scale": (
        "a\n1\n3\n5\n",
        chosen(
            "process_numeric",
            "Scale values",
            "scale_values_parameters",
            scaler="Min-max scaler",
            min_max_scaler_parameters={"input_column": "a", "min": 0, "max": 10},
        ),
        {"a": "long"},
        "a\n0.0\n5.0\n10.0\n",
    ),
    "a standard scale": (
        "a\n1\n3\n5\n",
        chosen(
            "process_numeric",
            "Scale values",
            "scale_values_parameters",
            scaler="Standard scaler",
            standard_scaler_parameters={"input_column": "a", "center": True, "scale": True},
        ),
        {"a": "long"},
        "a\n-1.0\n0.0\n1.0\n",
    ),
    "far values": (
        "a\n" + "1\n" * 20 + "500\n",
        chosen(
            "handle_outliers",
            "Standard deviation numeric outliers",
            "standard_deviation_numeric_outliers_parameters",
            standard_deviations=3,
            input_column=["a"],
            fix_method="Remove",
        ),
        {"a": "long"},
        "a\n" + "1\n" * 20,
    ),
    "symbols": (
        "a\n(a-b)!\n",
        chosen("format_string", "Remove symbols", "remove_symbols_parameters", input_column="a"),
        {"a": "string"},
        "a\nab\n",
    ),
    "zeros": (
        "a\n7\n12345\n",
        chosen("format_string", "Prepend zeros", "prepend_zeros_parameters", input_column="a", width=3),
        {"a": "long"},
        "a\n007\n123\n",
    ),
    "code": (
        "a,b\nX,1\nY,2\n",
        (
            "sagemaker.spark.custom_pandas_0.1",
            {"code": "c = df.dtypes[df.dtypes == object].index\ndf[c] = df[c].apply(lambda x: x.str.lower())"},
        ),
        {"a": "string", "b": "long"},
        "a,b\nx,1\ny,2\n",
    ),
    "a statement": (
        "a,b\nx,1\nx,2\ny,5\n",
        (
            "sagemaker.spark.custom_code_0.1",
            {
                "operator": "SQL (PySpark SQL)",
                "sql_parameters": {"code": "SELECT a, sum(b) AS s FROM df GROUP BY a ORDER BY `a`"},
            },
        ),
        {"a": "string", "b": "long"},
        "a,s\nx,3\ny,5\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operators_do_what_those_of_data_wrangler_do(run: Run, name: str) -> None:
    rows, (operator, parameters), schema, expected = CASES[name]
    text, data = on(rows, operator, parameters, **schema)
    done = run(text, data)
    assert done.code == 0, done.said
    assert done.output() == expected


def test_types_are_inferred_where_the_flow_knows_none(run: Run) -> None:
    lines = (f"{index},{index}.5,2026-01-0{index},true,w{index}\n" for index in range(1, 6))
    text = flow(
        source("data.csv", "read"),
        step("types", "sagemaker.spark.infer_and_cast_type_0.1", {}, "read"),
        step(
            "end",
            "sagemaker.spark.custom_formula_0.1",
            {"output_column": "told", "formula": "concat(typeof(n), typeof(x), typeof(flag), typeof(word))"},
            "types",
        ),
    )
    done = run(text, {"data.csv": f"n,x,day,flag,word\n{''.join(lines)}"})
    assert done.code == 0, done.said
    assert done.output().splitlines()[1] == "1,1.5,2026-01-01,true,w1,BIGINTDOUBLEBOOLEANVARCHAR"


def test_joined_columns_of_one_name_are_told_apart_and_rows_are_split(run: Run) -> None:
    text = flow(
        source("left.csv", "l"),
        source("right.csv", "r"),
        step(
            "join",
            "sagemaker.spark.join_tables_0.1",
            {"left_column": "k", "right_column": "k", "join_type": "inner"},
            "l",
            "r",
        ),
        step(
            "split",
            *chosen(
                "split",
                "Randomized split",
                "randomized_split_parameters",
                splits=[{"name": "Train", "percentage": 0.8}, {"name": "Test", "percentage": 0.2}],
                error=0.0001,
            ),
            "join",
            outputs=("Train", "Test"),
        ),
        step("train", "sagemaker.dataset.identity_0.1", {}, "split.Train", kind="DATASET"),
        step("test", "sagemaker.dataset.identity_0.1", {}, "split.Test", kind="DATASET"),
    )
    rows = "".join(f"{index},v{index}\n" for index in range(10))
    done = run(text, {"left.csv": f"k,a\n{rows}", "right.csv": f"k,b\n{rows}"}, "train.default", "test.default")
    assert done.code == 0, done.said
    train, test = (done.output(f"{part}/default").splitlines() for part in ("train", "test"))
    assert train[0] == test[0] == "k_0,a,k_1,b"
    assert (len(train) - 1, len(test) - 1) == (8, 2)
    assert sorted(train[1:] + test[1:]) == [f"{index},v{index},{index},v{index}" for index in range(10)]


def test_what_does_not_run_is_refused_by_its_name_before_anything_is_read(run: Run) -> None:
    text = flow(
        source("data.csv", "read"),
        step("vectors", *chosen("featurize_text", "Vectorize", "vectorize_parameters", input_column="a"), "read"),
        step("end", "sagemaker.spark.custom_pyspark_0.1", {"code": "df = df"}, "vectors"),
    )
    done = run(text, {})
    assert done.code == 1
    assert done.message == (
        "these operators do not run here: sagemaker.spark.featurize_text_0.1 (Vectorize) in node vectors; "
        "sagemaker.spark.custom_pyspark_0.1 in node end"
    )
    assert not (done.base / OUTPUT).exists()


@pytest.mark.parametrize(
    ("operator", "parameters", "reason"),
    [
        (
            *chosen(
                "encode_categorical",
                "One-hot encode",
                "one_hot_encode_parameters",
                input_column="a",
                invalid_handling_strategy="Keep",
                output_style="Vector",
            ),
            "output_style must be one of Columns here, got: Vector",
        ),
        (
            *chosen("manage_columns", "Drop column", "drop_column_parameters", column_to_drop="a", regex="x"),
            "these parameters do not run here: regex",
        ),
        ("sagemaker.spark.custom_formula_0.1", {"output_column": "b", "formula": "a ++"}, "does not run here"),
    ],
)
def test_parameters_that_do_not_run_are_refused_before_anything_is_read(
    run: Run, operator: str, parameters: dict[str, Any], reason: str
) -> None:
    text, _ = on("", operator, parameters, a="string")
    done = run(text, {})
    assert done.code == 1
    assert reason in done.message


def test_another_schema_than_the_flow_was_made_for_is_refused(run: Run) -> None:
    text, data = on("b\n1\n", "sagemaker.dataset.identity_0.1", {}, a="long")
    done = run(text, data)
    assert (done.code, done.message) == (
        1,
        "sagemaker.spark.infer_and_cast_type_0.1 in node types: the flow knows the columns a, and the data has b",
    )
    assert not (done.base / OUTPUT).exists()


def test_parquet_is_written_and_read_again(run: Run, wrangling_image: LocalImage) -> None:
    text, data = on("a,b\n1,x\n,y\n", "sagemaker.dataset.identity_0.1", {}, a="long", b="string")
    done = run(text, data, config={"content_type": "PARQUET"})
    assert done.code == 0, done.said
    written = (done.base / OUTPUT / "end/default/part-00000.parquet").read_bytes()
    (done.base / "processing/again").mkdir()
    (done.base / "processing/again/part").write_bytes(written)
    again = flow(
        source("again", "read", s3ContentType="parquet"),
        step("end", "sagemaker.spark.infer_and_cast_type_0.1", {}, "read"),
    )
    assert run(again, {}).output() == "a,b\n1,x\n,y\n"


def test_every_operator_of_the_list_is_there(wrangling_image: LocalImage, tmp_path: Path) -> None:
    listing = (
        "import json; from wrangling.operators import OPERATORS; from wrangling.flow import supported;"
        "named = [[o, c] for o, cs in supported().items() for c in cs or [None]];"
        "print(json.dumps([sorted(named, key=str), sorted(map(list, OPERATORS), key=str)]))"
    )
    done = subprocess.run(
        [wrangling_image.python, "-c", listing],
        env=process_environment(wrangling_image, tmp_path),
        cwd=wrangling_image.context,
        capture_output=True,
        text=True,
        check=True,
    )
    named, there = json.loads(done.stdout)
    assert [each for each in named if each[0] != "sagemaker.s3_source_0.1"] == there
