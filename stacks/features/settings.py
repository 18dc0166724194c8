"""What the feature group is told."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.at_synth import rule_problems
from stacks.configuration.fields.kit import matching
from stacks.configuration.section import SettingsSection

FeatureName = Annotated[
    str,
    matching(
        r"^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$",
        "1 to 64 letters and digits, with hyphens and underscores between them",
    ),
]
_NAMES = {
    "RecordIdentifierFeatureName": "record_identifier",
    "EventTimeFeatureName": "event_time",
    "FeatureDefinitions": "features",
    "OnlineStoreConfig": "online",
    "OfflineStoreConfig": "table_format",
    "TableFormat": "",
    "FeatureName": "",
}


class FeaturesSettings(SettingsSection):
    """A feature group, its table in the platform's bucket for data, and a queue of what it takes."""

    features: Annotated[
        dict[FeatureName, Literal["String", "Integral", "Fractional"]], Field(min_length=2, max_length=2_500)
    ]
    """Names and types. Add to them; SageMaker removes no feature, and changes the type of none."""
    record_identifier: FeatureName
    """The feature that identifies a record."""
    event_time: FeatureName
    """The feature with the time of the event: ISO 8601 in UTC as `String`, Unix seconds as `Fractional`."""
    online: bool = True
    """Whether the newest record of each identifier can be read in milliseconds; billed by request and size."""
    time_to_live_days: Annotated[int, Field(ge=1, le=24_855)] | None = None
    """Days after its event for which a record is online; left out, it stays."""
    table_format: Literal["Iceberg", "Glue"] | None = None
    """Format of the table; left out, `Iceberg`, or `Glue` where the event time is `Fractional`. It never changes."""
    queue: bool = True
    """Whether there is a queue whose messages become records."""

    def problems(self) -> Iterator[Problem | None]:
        """What SageMaker refuses of features and stores."""
        if self.time_to_live_days is not None and not self.online:
            yield Problem("time_to_live_days", "requires online to be true")
        request: dict[str, Any] = {
            "record_identifier_feature_name": self.record_identifier,
            "event_time_feature_name": self.event_time,
            "feature_definitions": [
                {"featureName": name, "featureType": kind} for name, kind in self.features.items()
            ],
            "offline_store_config": {"TableFormat": self.table_format or "Glue"},
        }
        yield from rule_problems("CreateFeatureGroup", request, names=_NAMES)
