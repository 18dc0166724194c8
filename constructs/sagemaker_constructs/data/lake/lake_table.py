"""A table over objects in S3, from a schema that you know."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast, get_args

from aws_cdk import RemovalPolicy
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, matches, one_of, reject, unique, within
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.data.lake.lake_database import NAME, NAME_IN_WORDS, LakeDatabase
from sagemaker_constructs.data.lake.partition_projection import Projection
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_replace_objects

TableFormat = Literal["parquet", "csv", "json"]
_PLAIN = (
    "string",
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "date",
    "timestamp",
    "binary",
)
_IN_CSV = ("string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double")
_TEXT = {
    "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_STORED: Mapping[str, Mapping[str, Any]] = {
    "parquet": {
        "inputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "outputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "serdeInfo": {"serializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    },
    "json": {**_TEXT, "serdeInfo": {"serializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}},
    "csv": {**_TEXT, "serdeInfo": {"serializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"}},
}


class LakeTable(BaseConstruct):
    """A table over the objects below ``prefix`` of ``bucket``, whose ``columns`` have Glue's types.

    Files are Parquet, whose columns are found by name, one JSON document a line, or CSV in quotes with a
    ``delimiter`` and, unless ``header`` is False, a line of names. A column that files lack is ``NULL``.

    ``partitions`` are keys of folders, in the order of the folders. A key with a projection (``DateProjection``,
    ``IntegerProjection``, ``EnumProjection``, ``InjectedProjection``) needs no registration: Athena computes the
    folders from the query. A key with one of Glue's types has to be registered for each folder, by ``MSCK REPAIR
    TABLE``, by a crawler or by a job. Folders are named ``key=value``, unless ``folders`` says otherwise, such as
    ``"{year}/{month}"``.

    ``name`` defaults to the construct's id in lower case. Whatever is changed updates the table; another ``name`` or
    ``database`` makes another one. Objects are never touched; ``url`` is where they lie. For Iceberg, create the
    table by a query and change it by queries: CloudFormation replaces metadata that Iceberg needs.

    Provisions: one ``AWS::Glue::Table``.
    Raises ``InvalidInput`` for names and types that Athena does not take, and projections that cannot be computed.

    See https://docs.aws.amazon.com/athena/latest/ug/creating-tables.html and
    https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: LakeDatabase,
        bucket: s3.IBucket,
        prefix: str,
        columns: Mapping[str, str],
        format: TableFormat = "parquet",
        partitions: Mapping[str, Projection | str] | None = None,
        folders: str | None = None,
        header: bool = True,
        delimiter: str = ",",
        name: str | None = None,
        description: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        super().__init__(scope, id)
        keys = partitions or {}
        own_name = name if name is not None else re.sub(r"\W", "_", id).lower()
        reject(self, table_problems(own_name, prefix, columns, format, keys, folders, delimiter))
        self.database: LakeDatabase = database
        self._bucket = bucket
        self._folder = prefix.strip("/")
        self.url: str = f"{bucket_facts(bucket).url(self._folder)}/"
        parameters: dict[str, str] = {"EXTERNAL": "TRUE", "classification": format}
        parameters |= _projected(keys, self.url, folders)
        stored: dict[str, Any] = {
            "columns": [{"name": each, "type": kind} for each, kind in columns.items()],
            "location": self.url,
            **_STORED[format],
        }
        if format == "csv":
            settings = {"separatorChar": delimiter, "quoteChar": '"', "escapeChar": "\\"}
            stored["serdeInfo"] = {**stored["serdeInfo"], "parameters": settings}
            if header:
                parameters["skip.header.line.count"] = "1"
        self._resource = glue.CfnTable(
            self,
            "Resource",
            catalog_id=self.location.account,
            database_name=database.name,
            table_input=cast(
                Any,
                {
                    "name": own_name,
                    "description": description,
                    "tableType": "EXTERNAL_TABLE",
                    "parameters": parameters,
                    "partitionKeys": [{"name": each, "type": _type(key)} for each, key in keys.items()],
                    "storageDescriptor": stored,
                },
            ),
        )
        self._resource.apply_removal_policy(removal_policy)
        self.name: str = own_name
        self.columns: tuple[str, ...] = (*columns, *keys)
        """Columns, and then the keys of folders."""

    @property
    def arn(self) -> str:
        """The table's ARN."""
        return self.database.table_arn(self.name)

    def grant_read(self, role: iam.IRole) -> None:
        """Let ``role`` read the table and its objects; a query takes a work group's ``grant_query`` too."""
        give(role, self.read_grants())

    def read_grants(self) -> Grants:
        """What whoever reads the table and its objects may do."""
        grants = Grants()
        self._allow(grants, "GetDatabase", "GetTable", "BatchGetPartition", "GetPartition", "GetPartitions")
        grant_read_objects(self._bucket, grants, f"{self._folder}/*")
        return grants

    def grant_write(self, role: iam.IRole) -> None:
        """Let ``role`` add and replace objects, and register partitions; it cannot change or drop the table."""
        grants = Grants()
        self._allow(grants, "GetDatabase", "GetTable", "GetPartitions", "BatchCreatePartition", "CreatePartition")
        grant_replace_objects(self._bucket, grants, f"{self._folder}/*")
        give(role, grants)

    def _allow(self, grants: Grants, *actions: str) -> None:
        catalog = self.location.arn("glue", "catalog")
        grants.allow(*(f"glue:{each}" for each in actions), on=[catalog, self.database.arn, self.arn])


def _type(key: Projection | str) -> str:
    return key if isinstance(key, str) else key.column_type


def _projected(keys: Mapping[str, Projection | str], location: str, folders: str | None) -> dict[str, str]:
    projections = {name: key for name, key in keys.items() if not isinstance(key, str)}
    if not projections:
        return {}
    found = {"projection.enabled": "true"}
    for name, key in projections.items():
        found |= {f"projection.{name}.{each}": value for each, value in key.properties().items()}
    if folders is not None:
        found["storage.location.template"] = location + re.sub(r"\{(\w+)\}", r"${\1}", folders.strip("/")) + "/"
    return found


def table_problems(
    name: str,
    prefix: str,
    columns: Mapping[str, str],
    format: str,
    keys: Mapping[str, Projection | str],
    folders: str | None = None,
    delimiter: str = ",",
) -> Iterator[Problem | None]:
    """What Athena would not read of a table, by the arguments of ``LakeTable``."""
    yield matches("name", name, NAME, NAME_IN_WORDS)
    yield one_of("format", format, get_args(TableFormat))
    if not prefix.strip("/"):
        yield Problem("prefix", "must name a folder: a table at the top of a bucket reads every object of it")
    if not columns:
        yield Problem("columns", "must hold at least one column")
    if len(delimiter) != 1:
        yield Problem("delimiter", f"must be one character, got: {delimiter!r}")
    for each, kind in columns.items():
        yield matches(f"columns[{each}]", each, NAME, NAME_IN_WORDS)
        yield _type_problem(f"columns[{each}]", kind, format)
    yield from unique({f"columns[{each}]": each for each in columns} | {f"partitions[{each}]": each for each in keys})
    for each, key in keys.items():
        yield matches(f"partitions[{each}]", each, NAME, NAME_IN_WORDS)
        if isinstance(key, str):
            yield _type_problem(f"partitions[{each}]", key, "partition")
        else:
            yield from within(f"partitions[{each}]", key.problems())
    yield from _projection_problems(keys, folders)


def _projection_problems(keys: Mapping[str, Projection | str], folders: str | None) -> Iterator[Problem | None]:
    registered = [each for each, key in keys.items() if isinstance(key, str)]
    if registered and len(registered) < len(keys):
        named = ", ".join(registered)
        yield Problem("partitions", f"must all have a projection or none of them, got none for: {named}")
    if folders is None:
        return
    if registered or not keys:
        yield Problem("folders", "requires a projection for every key: registered partitions know their folders")
    elif set(re.findall(r"\{(\w+)\}", folders)) != set(keys):
        listed = ", ".join(f"{{{each}}}" for each in keys)
        yield Problem("folders", f"must name every key once and nothing else: {listed}, got: {folders!r}")


def _type_problem(path: str, kind: str, format: str) -> Problem | None:
    if is_token(kind):
        return None
    if format == "csv" and kind not in _IN_CSV:
        return Problem(
            path,
            f"must be one of {', '.join(_IN_CSV)} in a CSV table, got: {kind!r}; declare a string, and convert it in "
            "the query: Athena's CSV reader takes dates for numbers of days",
        )
    if format == "partition" and kind not in (*_PLAIN[:6], "date"):
        return Problem(path, f"must be string, a whole number or date as a key, or a projection, got: {kind!r}")
    if _known(kind):
        return None
    nested = "array<…>, map<…,…>, struct<name:type,…>"
    return Problem(path, f"must be a type of Glue: {', '.join(_PLAIN)}, decimal(p,s), {nested}, got: {kind!r}")


def _known(kind: str) -> bool:
    if kind in _PLAIN or re.fullmatch(r"(char|varchar)\([1-9]\d*\)", kind):
        return True
    if found := re.fullmatch(r"decimal\((\d+),(\d+)\)", kind):
        return 1 <= int(found[1]) <= 38 and int(found[2]) <= int(found[1])
    if found := re.fullmatch(r"array<(.+)>", kind):
        return _known(found[1])
    if found := re.fullmatch(r"map<([a-z]+),(.+)>", kind):
        return found[1] in _PLAIN and _known(found[2])
    if found := re.fullmatch(r"struct<(.+)>", kind):
        fields = [re.fullmatch(r"([a-z0-9_]+):(.+)", part) for part in _fields(found[1])]
        return all(field is not None and _known(field[2]) for field in fields)
    return False


def _fields(inner: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, letter in enumerate(inner):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            yield inner[start:place]
            start = place + 1
    yield inner[start:]
