"""A database of the Glue Data Catalog."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_glue as glue
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.core.problems import matches, reject

NAME = r"[a-z0-9_]{1,255}"
NAME_IN_WORDS = "1 to 255 lower-case letters, digits and underscores, which Athena takes without quotes"


class LakeDatabase(BaseConstruct):
    """A database of the Glue Data Catalog, in which tables have their names.

    ``name`` defaults to one of the construct's path and the stack's identity, at most 59 characters. The database is
    retained when its stack goes, because Glue deletes the definitions of its tables with it: a stack that is made
    again finds a ``name`` of yours taken, and fails.

    Provisions: one ``AWS::Glue::Database``.
    Raises ``InvalidInput`` for names that Athena takes in quotes only.

    See https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        reject(self, [matches("name", name, NAME, NAME_IN_WORDS) if name is not None else None])
        self._name: str = retained_name(self, "_") if name is None else name
        given: dict[str, Any] = {"name": self._name}
        if description:
            given["description"] = description
        self._resource = glue.CfnDatabase(self, "Resource", catalog_id=self.location.account, database_input=given)
        self._resource.apply_removal_policy(removal_policy)

    @property
    def name(self) -> str:
        """The database's name, which exists once the database does."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The database's ARN."""
        return self.location.arn("glue", "database", name=self._name)

    def table_arn(self, table: str) -> str:
        """The ARN of a table of this database."""
        return self.location.arn("glue", "table", name=f"{self._name}/{table}")
