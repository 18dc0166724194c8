"""A warehouse that another app owns."""

from aws_cdk import Duration
from constructs import Construct

from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.data.warehouse.warehouse_base import WarehouseBase


class ImportedWarehouse(WarehouseBase):
    """An existing workgroup of Redshift Serverless of this account and region. Provisions nothing.

    ``workgroup_id`` is the identifier at the end of its ARN, which no name leads to; ``namespace_name`` defaults to
    the workgroup's ``name``. It grants queries and is watched, as ``Warehouse`` does and is; rights of its role are
    given where the role is made.

    Raises ``InvalidInput`` for names and identifiers that Redshift does not have.

    See https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-workgroup-namespace.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        workgroup_id: str,
        namespace_name: str | None = None,
        longest_awake: Duration | None = None,
    ) -> None:
        super().__init__(scope, id, longest_awake=longest_awake)
        named, words = r"[a-z0-9-]{3,64}", "3 to 64 lower-case letters, digits and hyphens"
        identifier = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        reject(
            self,
            [
                matches("name", name, named, words),
                matches("namespace_name", namespace_name or name, named, words),
                matches("workgroup_id", workgroup_id, identifier, "the identifier at the end of the workgroup's ARN"),
            ],
        )
        self._name = name
        self._namespace_name = namespace_name or name
        self._arn = self.location.arn("redshift-serverless", "workgroup", name=workgroup_id)

    @property
    def name(self) -> str:
        """The name of the workgroup."""
        return self._name

    @property
    def arn(self) -> str:
        """The workgroup's ARN."""
        return self._arn

    @property
    def namespace_name(self) -> str:
        """The name of the namespace."""
        return self._namespace_name
