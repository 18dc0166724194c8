"""Storage, tables, queries and clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sagemaker_constructs.cost.quantities.counting import HOURS, Counted, Quantity, counts, free

free(
    "paid for by queries and jobs",
    "AWS::Athena::NamedQuery",
    "AWS::Batch::JobQueue",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::Glue::DataQualityRuleset",
    "AWS::Batch::JobDefinition",
    "AWS::ECS::Cluster",
    "AWS::ECS::TaskDefinition",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::DBClusterParameterGroup",
)


@counts("AWS::S3::Bucket")
def _bucket(counted: Counted) -> Iterator[Quantity]:
    stored = counted.used("gigabytes")
    yield Quantity.by_use("AmazonS3/TimedStorage-ByteHrs", "GB-months of S3", stored)
    yield Quantity.by_use("AmazonS3/Requests-Tier1", "writes of S3", counted.used("writes"))
    yield Quantity.by_use("AmazonS3/Requests-Tier2", "reads of S3", counted.used("reads"))


@counts("AWS::ECR::Repository")
def _images(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use("AmazonECR/TimedStorage-ByteHrs", "GB-months of images", counted.used("gigabytes"))


@counts("AWS::DynamoDB::Table")
def _table(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("BillingMode") == "PAY_PER_REQUEST":
        key = "AmazonDynamoDB/WriteRequestUnits"
        yield Quantity.by_use(key, "write request units of DynamoDB", counted.used("writes"))
        key = "AmazonDynamoDB/ReadRequestUnits"
        yield Quantity.by_use(key, "read request units of DynamoDB", counted.used("reads"))
    else:
        capacity = counted.properties["ProvisionedThroughput"]
        for name, key, what in (
            ("WriteCapacityUnits", "WriteCapacityUnit-Hrs", "hours of write capacity units of DynamoDB"),
            ("ReadCapacityUnits", "ReadCapacityUnit-Hrs", "hours of read capacity units of DynamoDB"),
        ):
            yield Quantity.fixed(f"AmazonDynamoDB/{key}", what, Decimal(capacity[name]) * HOURS)
    stored = counted.used("gigabytes")
    yield Quantity.by_use("AmazonDynamoDB/TimedStorage-ByteHrs", "GB-months of DynamoDB", stored)


@counts("AWS::Athena::WorkGroup")
def _athena(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use("AmazonAthena/DataScannedInTB", "TB scanned by Athena", counted.used("terabytes"))


@counts("AWS::Glue::Crawler")
def _crawler(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use("AWSGlue/Crawler-DPU-Hour", "DPU-hours of crawlers", counted.used("dpu_hours"))


@counts("AWS::Glue::Job")
def _glue_job(counted: Counted) -> Iterator[Quantity]:
    flex = counted.properties.get("ExecutionClass") == "FLEX"
    key = "AWSGlue/ETL-Flex-DPU-Hour" if flex else "AWSGlue/ETL-DPU-Hour"
    what = "flexible DPU-hours of Glue's jobs" if flex else "DPU-hours of Glue's jobs"
    yield Quantity.by_use(key, what, counted.used("dpu_hours"))


@counts("AWS::RedshiftServerless::Namespace")
def _namespace(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("ManageAdminPassword"):
        yield Quantity.fixed("AWSSecretsManager/AWSSecretsManager-Secrets", "secrets", 1)
    stored = counted.used("gigabytes")
    yield Quantity.by_use("AmazonRedshift/RMS:ra3.serverless", "GB-months of Redshift", stored)


@counts("AWS::RedshiftServerless::Workgroup")
def _warehouse(counted: Counted) -> Iterator[Quantity]:
    most = Decimal(counted.properties.get("MaxCapacity", 512)) * HOURS
    hours = min(counted.used("hours"), HOURS) * Decimal(counted.properties.get("BaseCapacity", 128))
    yield Quantity.by_use("AmazonRedshift/Redshift:ServerlessUsage", "RPU-hours of Redshift", hours, most)


@counts("AWS::Batch::ComputeEnvironment")
def _batch(counted: Counted) -> Iterator[Quantity]:
    resources = counted.properties.get("ComputeResources", {})
    kind = str(resources.get("Type", ""))
    if not kind.startswith("FARGATE"):
        # EC2 instances of a queue are those that Batch chooses.
        yield Quantity.by_use("AmazonEC2/BoxUsage", "hours of EC2 instances of Batch", counted.used("hours"))
        return
    most = Decimal(resources["MaxvCpus"]) * HOURS
    spot = "SpotUsage-" if kind == "FARGATE_SPOT" else ""
    for name, usage, what, bound in (
        ("vcpu_hours", "vCPU-Hours:perCPU", "vCPU-hours of Fargate", most),
        ("gigabyte_hours", "GB-Hours", "GB-hours of Fargate", None),
    ):
        what = f"{what} Spot" if spot else what
        yield Quantity.by_use(f"AmazonECS/{spot}Fargate-{usage}", what, counted.used(name), bound)


@counts("AWS::ECS::Service")
def _service(counted: Counted) -> Iterator[Quantity]:
    # A task definition that lies elsewhere is not known.
    named: Mapping[str, Any] = counted.properties["TaskDefinition"]
    task: Mapping[str, Any] = counted.resources.get(str(named.get("Ref")), {}).get("Properties", {})
    tasks = Decimal(counted.properties.get("DesiredCount", 1))
    for name, usage, what in (
        ("Cpu", "vCPU-Hours:perCPU", "vCPU-hours of Fargate"),
        ("Memory", "GB-Hours", "GB-hours of Fargate"),
    ):
        key, each = f"AmazonECS/Fargate-{usage}", Decimal(str(task.get(name, 0))) / 1024 * HOURS
        yield Quantity.fixed(key, what, tasks * each) if each else Quantity.by_use(key, what, 0)


@counts("AWS::RDS::DBCluster")
def _aurora(counted: Counted) -> Iterator[Quantity]:
    scaling = counted.properties.get("ServerlessV2ScalingConfiguration", {})
    least, most = Decimal(str(scaling.get("MinCapacity", 0))), Decimal(str(scaling.get("MaxCapacity", 0)))
    expected = min(max(counted.used("acus", least), least), most)
    key, what = "AmazonRDS/Aurora:ServerlessV2Usage", "ACU-hours of Aurora"
    yield Quantity(key, what, least * HOURS, expected * HOURS, most * HOURS)
    yield Quantity.by_use("AmazonRDS/Aurora:StorageUsage", "GB-months of Aurora", counted.used("gigabytes"))


@counts("AWS::Cognito::UserPool")
def _people(counted: Counted) -> Iterator[Quantity]:
    key = "AmazonCognito/CognitoUserPoolsEssentialsMAU"
    yield Quantity.by_use(key, "people of Cognito in the month", counted.used("people"))
