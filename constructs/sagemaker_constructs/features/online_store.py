"""Where the newest record of each identifier is read in milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_kms as kms

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.storage.object_access import key_arn


@dataclass(frozen=True)
class OnlineStore:
    """The newest record of each identifier, billed by what is stored, written and read.

    ``storage`` is ``"Standard"`` or ``"InMemory"``, which answers faster, is priced otherwise, and takes ten minutes
    and more to be made. ``time_to_live`` (whole seconds; default none) is when a record is gone, counted from its
    event time; it may change later. ``encryption_key`` defaults to the stack's own key.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-storage-configurations-online-store.html
    """

    storage: Literal["Standard", "InMemory"] = "Standard"
    time_to_live: Duration | None = None
    encryption_key: kms.IKey | None = None

    def properties(self, default_key: kms.IKey) -> Mapping[str, object]:
        """The store as CloudFormation takes it: the CDK hands these members on as they are."""
        lives = self.time_to_live
        return {
            "EnableOnlineStore": True,
            "StorageType": self.storage,
            "SecurityConfig": {"KmsKeyId": key_arn(self.encryption_key or default_key)},
            **({"TtlDuration": {"Unit": "Seconds", "Value": int(seconds_of(lives))}} if lives else {}),
        }
