"""The query that makes rows of files of data capture.

Format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Nothing is loaded as a whole: DuckDB streams the files through this query into the counts that are asked of it. Both
kinds of payloads read the files for themselves; what DuckDB would keep for the second one is as large as the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.engine import text

ROWS = "captured_rows"
"""The view with one row for each row of a request: `inputs` and `outputs` are lists of text, `problem` says why they
are not there."""

FEWER, MORE = "fewer columns than features", "more columns than features"
"""Problems of rows that are whole otherwise."""

_SIDE = "STRUCT(observedContentType VARCHAR, mode VARCHAR, data VARCHAR, encoding VARCHAR)"
_COLUMNS = (
    f"{{captureData: 'STRUCT(endpointInput {_SIDE}, endpointOutput {_SIDE})',"
    " eventMetadata: 'STRUCT(eventId VARCHAR, inferenceId VARCHAR, inferenceTime VARCHAR)', eventVersion: 'VARCHAR'}"
)
# Times before and after these are none that a calendar of Python has.
_MOMENT = (
    "CASE WHEN try_cast(eventMetadata.inferenceTime AS TIMESTAMP) BETWEEN TIMESTAMP '1970-01-01' AND"
    " TIMESTAMP '9998-12-31' THEN try_cast(eventMetadata.inferenceTime AS TIMESTAMP) END"
)
_LARGEST_LINE = 64 * 1024 * 1024
# The files are called `<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl`.
_VARIANT = "list_extract(string_split(filename, '/'), -6)"
# A field of RFC 4180: in quotation marks, which are doubled inside, or without any.
_QUOTED = r"""'(?:^|,)("(?:[^"]|"")*"|[^,"]*)'"""
_BALANCED = r"""'^(?:[^"]|"[^"]*")*$'"""


@dataclass(frozen=True)
class CapturedNames:
    """What the values of a row are called.

    Args:
        inputs: Features in the order of the columns of CSV, and the keys of JSON objects; without any, rows may have
            any number of columns, and an object is one.
        outputs: The same of answers.
    """

    inputs: Sequence[str]
    outputs: Sequence[str]


def captured_rows(files: Sequence[Path], names: CapturedNames, earlier: Path | None = None) -> str:
    """The statement that creates the view `captured_rows` of these files; rows of those below `earlier` are so."""
    listed = ", ".join(text(str(each)) for each in files)
    is_earlier = f"starts_with(filename, {text(f'{earlier}/')})" if earlier else "false"
    lines = f"""
  SELECT eventMetadata.eventId AS event, eventMetadata.inferenceId AS inference,
    {_VARIANT} AS variant, {_MOMENT} AS moment, {is_earlier} AS earlier,
    captureData IS NULL AS broken, captureData.endpointInput AS input, captureData.endpointOutput AS output
  FROM read_json([{listed}], format = 'newline_delimited', columns = {_COLUMNS}, ignore_errors = true,
                 filename = true, maximum_object_size = {_LARGEST_LINE})"""
    wanted = len(names.inputs) or "len(inputs)"
    plain = f"coalesce({_is_plain('input')} AND (output.data IS NULL OR {_is_plain('output')}), false)"
    return f"""
CREATE OR REPLACE TEMP VIEW {ROWS} AS
WITH lines AS NOT MATERIALIZED ({lines}
), payloads AS (
  SELECT *, coalesce(input.data, '') <> '' AS asked, {_payload("input")} AS asked_text,
    {_payload("output")} AS told_text
  FROM lines WHERE NOT {plain}
), requests AS (
  SELECT event, inference, variant, moment, earlier, {_plain_rows("input")} AS all_inputs,
    {_plain_rows("output")} AS all_outputs, NULL AS problem
  FROM lines WHERE {plain}
  UNION ALL
  SELECT event, inference, variant, moment, earlier, {_listed("asked_text", names.inputs)} AS all_inputs,
    {_listed("told_text", names.outputs)} AS all_outputs,
    CASE
      WHEN broken THEN 'no line of data capture'
      WHEN NOT asked THEN 'no input was captured'
      WHEN asked_text IS NULL THEN 'no text in UTF-8'
      WHEN all_inputs IS NULL THEN 'neither CSV nor JSON'
    END AS problem
  FROM payloads
), spread AS (
  SELECT event, inference, variant, moment, earlier, problem,
    unnest(CASE WHEN problem IS NULL THEN all_inputs ELSE [NULL] END) AS inputs,
    unnest(CASE WHEN problem IS NULL THEN all_outputs END) AS outputs,
    generate_subscripts(CASE WHEN problem IS NULL THEN all_inputs ELSE [NULL] END, 1) AS place
  FROM requests
)
SELECT event, inference, variant, moment, earlier, place, outputs,
  CASE WHEN len(inputs) = {wanted} THEN inputs END AS inputs,
  CASE
    WHEN problem IS NOT NULL THEN problem
    WHEN inputs IS NULL THEN 'a row that is neither CSV nor JSON'
    WHEN len(inputs) < {wanted} THEN {text(FEWER)}
    WHEN len(inputs) > {wanted} THEN {text(MORE)}
  END AS problem
FROM spread
WHERE problem IS NOT NULL OR inputs IS NOT NULL OR place IS NOT NULL
"""


def _is_plain(side: str) -> str:
    """Whether a payload is CSV without quotation marks and carriage returns, whose rows are split quickly."""
    data = f"{side}.data"
    return (
        f"{side}.encoding <> 'BASE64' AND {data} <> '' AND left({data}, 1) NOT IN ('{{', '[')"
        f" AND NOT contains({data}, '\"') AND NOT contains({data}, chr(13))"
    )


def _plain_rows(side: str) -> str:
    lines = f"list_filter(string_split({side}.data, chr(10)), lambda line: line <> '')"
    return f"list_transform({lines}, lambda line: string_split(line, ','))"


def _payload(side: str) -> str:
    """What was sent or answered, as text; NULL where it was not captured or is no text."""
    return f"CASE WHEN {side}.encoding = 'BASE64' THEN try(decode(from_base64({side}.data))) ELSE {side}.data END"


def _listed(payload: str, names: Sequence[str]) -> str:
    """The rows of a payload, each a list of text; NULL for a payload that is neither CSV nor JSON."""
    trimmed = f"trim({payload}, ' \t\r\n')"
    document = f"try(CAST({trimmed} AS JSON))"
    lines = f"list_filter(string_split({trimmed}, chr(10)), lambda line: trim(line) <> '')"
    return f"""CASE
      WHEN {trimmed} = '' THEN NULL
      WHEN left({trimmed}, 1) IN ('{{', '[') AND {document} IS NOT NULL
        THEN list_transform({_rows_of_document(document)}, lambda row: {_of_json("row", names)})
      WHEN left({trimmed}, 1) IN ('{{', '[')
        THEN list_transform({lines}, lambda line: {_of_json("try(CAST(line AS JSON))", names)})
      ELSE list_transform({lines}, lambda line: {_of_csv("rtrim(line, chr(13))")})
    END"""


def _rows_of_document(document: str) -> str:
    """The rows of a JSON document: of `instances` or `predictions`, of an array, or the document itself."""
    return f"""CASE
        WHEN json_exists({document}, '$.instances') THEN json_extract({document}, '$.instances[*]')
        WHEN json_exists({document}, '$.predictions') THEN json_extract({document}, '$.predictions[*]')
        WHEN json_type({document}) = 'ARRAY' AND json_type({document}, '$[0]') IN ('ARRAY', 'OBJECT')
          THEN json_extract({document}, '$[*]')
        ELSE [{document}]
      END"""


def _of_json(row: str, names: Sequence[str]) -> str:
    """The values of a row of JSON, which is an array, an object with `features`, an object by names, or a value."""
    keys = ", ".join(f"json_extract_string({row}, {text(_path(each))})" for each in names)
    keys = keys or f"CAST({row} AS VARCHAR)"
    every = "lambda value: json_extract_string(value, '$')"
    return f"""CASE
          WHEN {row} IS NULL THEN NULL
          WHEN json_type({row}) = 'ARRAY' THEN list_transform(json_extract({row}, '$[*]'), {every})
          WHEN json_type({row}, '$.features') = 'ARRAY'
            THEN list_transform(json_extract({row}, '$.features[*]'), {every})
          WHEN json_type({row}) = 'OBJECT' THEN [{keys}]
          ELSE [json_extract_string({row}, '$')]
        END"""


def _path(name: str) -> str:
    return '$."' + name.replace('"', '\\"') + '"'


def _of_csv(line: str) -> str:
    """The values of a line of CSV; quotation marks are rare, and their pattern is slow."""
    unquoted = "lambda field: CASE WHEN left(field, 1) = '\"' THEN replace(field[2:-2], '\"\"', '\"') ELSE field END"
    quoted = f"list_transform(regexp_extract_all({line}, {_QUOTED}, 1), {unquoted})"
    return f"""CASE
          WHEN NOT contains({line}, '"') THEN string_split({line}, ',')
          WHEN regexp_matches({line}, {_BALANCED}) THEN {quoted}
        END"""
