"""Where all records are kept, as a table in S3."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3


@dataclass(frozen=True)
class OfflineStore:
    """All records as Parquet below ``prefix``, with a table of Glue over them, which Athena queries.

    ``bucket`` defaults to the stack's own ``EncryptedBucket``. ``table_format`` defaults to ``"Iceberg"``, whose
    small files can be compacted, and to ``"Glue"`` where the event time is a number, which Iceberg does not take.
    Records are there within 15 minutes. Nothing of the store can change later, but that features are added.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
    """

    bucket: s3.IBucket | None = None
    prefix: str = "features"
    table_format: Literal["Iceberg", "Glue"] | None = None
