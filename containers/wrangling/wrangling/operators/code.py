"""Formulas and code of a user's own."""

from typing import Any

import duckdb
import pandas as pd
import sqlglot
from sqlglot.errors import SqlglotError

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Frame, normalized, plain
from wrangling.operators.operation import Make, Operation, of_one, only

_CODE = "sagemaker.spark.custom_code_0.1"


def _formula(node: Node) -> Operation:
    only(node, node.parameters, "output_column", "formula")
    formula, output = str(node.parameters["formula"]), str(node.parameters["output_column"])
    translated = _translated(node, f"SELECT {formula} AS f FROM df")

    def run(frame: Frame) -> Frame:
        return frame.assign(**{output: _answer(frame, translated)["f"]})

    return of_one(run)


def _pandas(node: Node) -> Operation:
    code = compile(_code_of(node), "<the step's code>", "exec")

    def run(frame: Frame) -> Frame:
        # As in AWS's container, the code is the owner's, and runs with the rights of the job.
        names: dict[str, Any] = {"df": plain(frame)}
        try:
            exec(code, names)
        except Exception as error:
            raise JobError(f"the code ended with {type(error).__name__}: {error}") from None
        found: Any = names.get("df")
        if not isinstance(found, pd.DataFrame):
            raise JobError(f"the code must leave a table in df, got: {type(found).__name__}")
        return normalized(found.reset_index(drop=True))

    return of_one(run)


def _sql(node: Node) -> Operation:
    translated = _translated(node, _code_of(node))
    return of_one(lambda frame: normalized(_answer(frame, translated)))


def _code_of(node: Node) -> str:
    """The code of either form of the operator. Raises JobError without it."""
    details = [each for each in node.parameters.values() if isinstance(each, dict)]
    found = [each["code"] for each in (node.parameters, *details) if each.get("code")]
    if len(found) != 1:
        raise JobError(f"there must be one piece of code, got: {len(found)} in {node.words}")
    return str(found[0])


def _translated(node: Node, statement: str) -> str:
    try:
        [found] = sqlglot.transpile(
            statement, read="spark", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
    except (SqlglotError, ValueError) as error:
        raise JobError(f"this Spark SQL does not run here: {statement}: {error} in {node.words}") from None
    return found


def _answer(frame: Frame, statement: str) -> Frame:
    connection = duckdb.connect(config={"enable_external_access": False})
    connection.register("df", frame)
    try:
        found = connection.sql(statement)
        # Whole sums are of a type that pandas has not; in Spark they are of long.
        wide = [name for name, kind in zip(found.columns, found.types, strict=True) if str(kind) == "HUGEINT"]
        columns = ", ".join(f'CAST("{name}" AS BIGINT) AS "{name}"' for name in wide)
        return normalized((found.project(f"* REPLACE ({columns})") if wide else found).df())
    except duckdb.Error as error:
        raise JobError(f"{statement} cannot be answered: {error}") from None


OPERATORS: dict[tuple[str, str | None], Make] = {
    ("sagemaker.spark.custom_formula_0.1", None): _formula,
    ("sagemaker.spark.custom_pandas_0.1", None): _pandas,
    (_CODE, "Python (Pandas)"): _pandas,
    (_CODE, "SQL (PySpark SQL)"): _sql,
}
