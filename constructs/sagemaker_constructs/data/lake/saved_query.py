"""A query that is kept beside the work group that runs it."""

from aws_cdk import aws_athena as athena
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.data.lake.athena_workgroup import AthenaWorkgroup
from sagemaker_constructs.data.lake.lake_database import LakeDatabase

_LONGEST = 262_144
_LONGEST_NAME = 128


class SavedQuery(BaseConstruct):
    """A query under a name, which people find in Athena's console and programs by its identifier.

    ``database``, one of yours or the name of another one, is where tables without a database are looked up. ``name``
    defaults to the construct's id. Any change replaces the query, whose identifier is another one then.

    Provisions: one ``AWS::Athena::NamedQuery``.
    Raises ``InvalidInput`` for a query that is empty or longer than 262,144 bytes.

    See https://docs.aws.amazon.com/athena/latest/ug/saved-queries.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workgroup: AthenaWorkgroup,
        database: LakeDatabase | str,
        sql: str,
        name: str | None = None,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        own_name = id if name is None else name
        size = len(sql.encode())
        reject(
            self,
            [
                None
                if is_token(sql) or 1 <= size <= _LONGEST
                else Problem("sql", f"must be 1 to {_LONGEST} bytes, got: {size}"),
                None
                if is_token(own_name) or 1 <= len(own_name) <= _LONGEST_NAME
                else Problem("name", f"must be 1 to {_LONGEST_NAME} characters, got: {own_name!r}"),
            ],
        )
        self._resource = athena.CfnNamedQuery(
            self,
            "Resource",
            name=own_name,
            description=description,
            database=database if isinstance(database, str) else database.name,
            work_group=workgroup.name,
            query_string=sql,
        )

    @property
    def id(self) -> str:
        """The query's identifier, for ``GetNamedQuery``."""
        return self._resource.attr_named_query_id
