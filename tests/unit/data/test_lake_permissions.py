"""Grants of Lake Formation: by table, column and row, and the settings on which they depend."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import (
    LakeDatabase,
    LakeFormationSettings,
    LakeLocation,
    LakePermissions,
    LakeTable,
)

PERMISSIONS, FILTER = "AWS::LakeFormation::PrincipalPermissions", "AWS::LakeFormation::DataCellsFilter"
Make = Callable[..., LakePermissions]


@pytest.fixture
def role(stack: Stack) -> iam.IRole:
    return iam.Role.from_role_name(stack, "Scientists", "scientists")


@pytest.fixture
def table(stack: Stack, bucket: s3.IBucket) -> LakeTable:
    return LakeTable(
        stack,
        "Orders",
        database=LakeDatabase(stack, "Shop", name="shop"),
        bucket=bucket,
        prefix="lake/orders",
        columns={"customer": "string", "country": "string", "amount": "double"},
    )


@pytest.fixture
def make(stack: Stack, bucket: s3.IBucket, table: LakeTable) -> Make:
    def of(prefix: str = "lake", **given: Any) -> LakePermissions:
        location = LakeLocation(stack, "Location", bucket=bucket, prefix=prefix, **given)
        return LakePermissions(stack, "Permissions", table=table, location=location)

    return of


def _granted(stack: Stack) -> list[dict[str, Any]]:
    found = Template.from_stack(stack).find_resources(PERMISSIONS).values()
    return [each["Properties"] for each in found]


def test_a_whole_table_is_granted_with_its_database(make: Make, stack: Stack, role: iam.IRole) -> None:
    make().grant_select(role)
    told = {next(iter(each["Resource"])): each["Permissions"] for each in _granted(stack)}
    assert told == {"Database": ["DESCRIBE"], "Table": ["DESCRIBE", "SELECT"]}
    assert all(each["PermissionsWithGrantOption"] == [] for each in _granted(stack))
    [policy] = (
        Template.from_stack(stack)
        .find_resources("AWS::IAM::Policy", {"Properties": {"Roles": Match.array_with(["scientists"])}})
        .values()
    )
    assert "lakeformation:GetDataAccess" in json.dumps(policy)
    assert "s3:" not in json.dumps(policy)


def test_columns_are_granted_by_a_filter_that_another_list_does_not_touch(
    make: Make, stack: Stack, role: iam.IRole
) -> None:
    permissions = make()
    permissions.grant_select(role, columns=["customer", "amount"])
    permissions.grant_select(iam.Role.from_role_name(stack, "Analysts", "analysts"), columns=["customer"])
    filters = [each["Properties"] for each in Template.from_stack(stack).find_resources(FILTER).values()]
    assert sorted(each["ColumnNames"] for each in filters) == [["customer"], ["customer", "amount"]]
    assert all(each["RowFilter"] == {"AllRowsWildcard": {}} for each in filters)
    assert len({each["Name"] for each in filters}) == 2
    assert not any("TableWithColumns" in each["Resource"] for each in _granted(stack))


def test_two_tables_share_the_grant_of_their_database(
    make: Make, stack: Stack, bucket: s3.IBucket, table: LakeTable, role: iam.IRole
) -> None:
    first = make()
    other = LakeTable(
        stack, "Visits", database=table.database, bucket=bucket, prefix="lake/visits", columns={"day": "date"}
    )
    second = LakePermissions(stack, "Others", table=other, location=first.location_of_objects)
    first.grant_select(role)
    second.grant_select(role)
    granted = [next(iter(each["Resource"])) for each in _granted(stack)]
    assert sorted(granted) == ["Database", "Table", "Table"]
    with pytest.raises(InvalidInput, match="was granted orders already"):
        first.grant_select(role, rows="amount > 1")


def test_rows_are_granted_by_a_filter(make: Make, stack: Stack, role: iam.IRole) -> None:
    make().grant_select(role, rows="country = 'DE'")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        FILTER,
        {
            "TableName": "orders",
            "RowFilter": {"FilterExpression": "country = 'DE'"},
            "ColumnWildcard": Match.any_value(),
        },
    )
    [cells] = [each for each in _granted(stack) if "DataCellsFilter" in each["Resource"]]
    [made] = template.find_resources(FILTER).values()
    assert cells["Resource"]["DataCellsFilter"]["Name"] == made["Properties"]["Name"]


def test_another_condition_is_another_filter(make: Make, stack: Stack, role: iam.IRole) -> None:
    permissions = make()
    permissions.grant_select(role, rows="country = 'DE'", columns=["customer"])
    other = iam.Role.from_role_name(stack, "Analysts", "analysts")
    permissions.grant_select(other, rows="country = 'FR'")
    names = {each["Properties"]["Name"] for each in Template.from_stack(stack).find_resources(FILTER).values()}
    assert len(names) == 2


def test_a_location_is_read_by_a_role_of_its_own(make: Make, stack: Stack) -> None:
    make(writable=True)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::LakeFormation::Resource", {"HybridAccessEnabled": False, "UseServiceLinkedRole": False}
    )
    roles = json.dumps(template.find_resources("AWS::IAM::Role"))
    assert "lakeformation.amazonaws.com" in roles
    assert "s3:PutObject" in roles


def test_settings_open_new_tables_to_nobody(stack: Stack, role: iam.IRole) -> None:
    LakeFormationSettings(stack, "Settings", administrators=[role])
    Template.from_stack(stack).has_resource_properties(
        "AWS::LakeFormation::DataLakeSettings",
        {
            "CreateDatabaseDefaultPermissions": [],
            "CreateTableDefaultPermissions": [],
            "MutationType": "APPEND",
            "Admins": [{"DataLakePrincipalIdentifier": Match.any_value()}],
        },
    )
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("whole account"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": ["custmer"]}, r"columns\[0\] must be a known value, got: 'custmer'; did you mean customer\?"),
        ({"columns": []}, "columns must hold at least one column"),
        ({"columns": ["amount", "amount"]}, r"columns\[1\] must be unique, got twice: amount"),
        ({"rows": " "}, "rows must be a condition of 1 to 2048 characters"),
    ],
)
def test_refused_grants(make: Make, role: iam.IRole, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make().grant_select(role, **given)


def test_a_location_that_does_not_hold_the_table_is_refused(make: Make) -> None:
    with pytest.raises(InvalidInput, match="location must hold the objects of orders"):
        make("elsewhere")


def test_a_whole_bucket_is_refused(make: Make) -> None:
    with pytest.raises(InvalidInput, match="prefix must name a folder"):
        make("/")


def test_settings_without_administrators_are_refused(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match="administrators must name at least one role"):
        LakeFormationSettings(stack, "Settings", administrators=[])
