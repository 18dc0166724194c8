"""What roles may read of a table, by column and by row."""

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend, singleton
from sagemaker_constructs.core.names import short_hash
from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import Problem, one_of, reject, unique
from sagemaker_constructs.data.lake.lake_location import LakeLocation
from sagemaker_constructs.data.lake.lake_table import LakeTable

_LONGEST_FILTER = 2048


class LakePermissions(BaseConstruct):
    """Grants of Lake Formation on ``table``, whose objects are registered by ``location``.

    Use it instead of ``table.grant_read`` where a role is to see some columns or rows only. A query of a role then
    takes both: its IAM policy lets it ask, and Lake Formation says what it gets. ``grant_select`` does both.

    Two settings of the account decide whether any of it has an effect, and neither is a resource of this table: the
    role that deploys must be an administrator of the data lake, or the deployment fails; and as long as new tables
    grant all to ``IAMAllowedPrincipals``, which is how accounts begin, IAM alone decides, and a filter keeps nothing
    back. ``LakeFormationSettings`` is for both.

    Provisions: nothing but what its grants add.

    See https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html and
    https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
    """

    def __init__(self, scope: Construct, id: str, *, table: LakeTable, location: LakeLocation) -> None:
        super().__init__(scope, id)
        self.table: LakeTable = table
        self.location_of_objects: LakeLocation = location
        outside = f"must hold the objects of {table.name}, which are at {table.url}, got: {location.arn}"
        reject(self, [None if location.holds(table) else Problem("location", outside)])

    def grant_select(self, role: iam.IRole, *, columns: Sequence[str] | None = None, rows: str | None = None) -> None:
        """Let ``role`` select from the table: ``columns`` of it, and ``rows`` for which an expression holds.

        ``rows`` is a condition in PartiQL, such as ``"country = 'DE' AND amount > 10"``. Without both, all of it.
        A query takes a work group's ``grant_query`` too.

        Columns are granted by a filter too: CloudFormation grants a changed list before it revokes the one before,
        and Lake Formation revokes by column, so that the columns of both lists would be lost.

        Provisions: an ``AWS::LakeFormation::PrincipalPermissions`` for the table, one for its database, which all
        tables of a stack share, and with ``columns`` or ``rows`` an ``AWS::LakeFormation::DataCellsFilter``.
        Raises ``InvalidInput`` for columns that the table does not have, for an empty or a too long condition, and
        for a role that was granted this table before.

        See https://docs.aws.amazon.com/lake-formation/latest/dg/data-filtering.html
        """
        own = f"Select{short_hash(path_of(role))}"
        again = f"was granted {self.table.name} already, got: {path_of(role)}"
        twice = Problem("role", again) if self.node.try_find_child(own) else None
        reject(self, [*_problems(self.table, columns, rows), twice])
        if columns is None and rows is None:
            granted = self._grant(self, own, role, {"table": self._named}, ["DESCRIBE", "SELECT"])
        else:
            cells = self._filter(own, columns, rows)
            named = {
                "tableCatalogId": self.location.account,
                "databaseName": self.table.database.name,
                "tableName": self.table.name,
                "name": cells.name,
            }
            granted = self._grant(self, own, role, {"dataCellsFilter": named}, ["SELECT"])
            depend(granted, cells)
        depend(granted, self.table, self._database_grant(role))
        give(role, self._asked())

    def _database_grant(self, role: iam.IRole) -> lakeformation.CfnPrincipalPermissions:
        """One for each role and database of a stack: deleting a second one would revoke the first."""
        database = self.table.database
        named = {"database": {"catalogId": self.location.account, "name": database.name}}

        def grant(scope: Construct, id: str) -> lakeformation.CfnPrincipalPermissions:
            made = self._grant(scope, id, role, named, ["DESCRIBE"])
            depend(made, database)
            return made

        return singleton(self, f"LakeDescribe{short_hash(f'{path_of(role)}/{path_of(database)}')}", grant)

    @property
    def _named(self) -> dict[str, Any]:
        return {
            "catalogId": self.location.account,
            "databaseName": self.table.database.name,
            "name": self.table.name,
        }

    def _filter(self, id: str, columns: Sequence[str] | None, rows: str | None) -> lakeformation.CfnDataCellsFilter:
        every: Any = {"excludedColumnNames": []}
        # A filter never changes: another one gets another name.
        name = f"{self.table.name[:100]}_{short_hash(f'{path_of(self)}/{id}/{columns}/{rows}')}"
        made = lakeformation.CfnDataCellsFilter(
            self,
            f"{id}Rows{short_hash(name)}",
            table_catalog_id=self.location.account,
            database_name=self.table.database.name,
            table_name=self.table.name,
            name=name,
            column_names=None if columns is None else [*columns],
            column_wildcard=every if columns is None else None,
            row_filter={"allRowsWildcard": {}} if rows is None else {"filterExpression": rows},
        )
        depend(made, self.table)
        return made

    def _grant(
        self, scope: Construct, id: str, role: iam.IRole, resource: dict[str, Any], permissions: Sequence[str]
    ) -> lakeformation.CfnPrincipalPermissions:
        principal: Any = {"dataLakePrincipalIdentifier": role.role_arn}
        return lakeformation.CfnPrincipalPermissions(
            scope,
            id,
            principal=principal,
            resource=resource,
            permissions=[*permissions],
            permissions_with_grant_option=[],
        )

    def _asked(self) -> Grants:
        """What the role's own policy needs: the catalog, and Lake Formation's credentials instead of the bucket."""
        grants = Grants()
        catalog = self.location.arn("glue", "catalog")
        grants.allow(
            *(f"glue:{each}" for each in ("GetDatabase", "GetPartition", "GetPartitions", "GetTable")),
            on=[catalog, self.table.database.arn, self.table.arn],
        )
        grants.allow(
            "lakeformation:GetDataAccess",
            on="*",
            because="lakeformation:GetDataAccess is not available for a single resource; Lake Formation's own grants "
            "limit it.",
        )
        return grants


def _problems(table: LakeTable, columns: Sequence[str] | None, rows: str | None) -> Iterator[Problem | None]:
    if columns is not None:
        if not columns:
            yield Problem("columns", "must hold at least one column; leave it out for all")
        for index, each in enumerate(columns):
            yield one_of(f"columns[{index}]", each, table.columns)
        yield from unique({f"columns[{index}]": each for index, each in enumerate(columns)})
    if rows is not None and not 0 < len(rows.strip()) <= _LONGEST_FILTER:
        yield Problem("rows", f"must be a condition of 1 to {_LONGEST_FILTER} characters, got: {len(rows)}")
