"""What the feature group is told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.features.feature_metadata import metadata_problems
from sagemaker_constructs.features.feature_schema import FeatureSchema
from stacks.configuration.fields.kit import as_text, in_words, matching
from stacks.configuration.section import SettingsSection

FeatureName = Annotated[
    str,
    matching(
        r"^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$",
        "1 to 64 letters and digits, with hyphens and underscores between them",
    ),
]
Description = Annotated[str, Field(min_length=1, max_length=255, json_schema_extra=in_words("1 to 255 characters"))]
ParameterText = Annotated[
    str,
    BeforeValidator(as_text),
    matching(r"^[\w .:/=+-]+$", "1 to 255 letters, digits, spaces and _ . : / = + -", most=255),
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
    descriptions: Annotated[dict[FeatureName, Description], Field(max_length=2_500)] = Field(
        default_factory=dict[str, str]
    )
    """What features are, by their names. What is said changes without changing the group."""
    parameters: Annotated[
        dict[FeatureName, Annotated[dict[ParameterText, ParameterText], Field(max_length=25)]],
        Field(max_length=2_500),
    ] = Field(default_factory=dict[str, dict[str, str]])
    """What else is to be known and searched of them, such as `{age: {owner: clinic}}`; it changes likewise."""
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

    def as_schema(self) -> FeatureSchema:
        """The schema of the group."""
        return FeatureSchema(
            self.record_identifier, self.event_time, self.features, self.descriptions, self.parameters
        )

    def problems(self) -> Iterator[Problem | None]:
        """What SageMaker refuses of features and stores."""
        if self.time_to_live_days is not None and not self.online:
            yield Problem("time_to_live_days", "requires online to be true")
        for found in metadata_problems(self.as_schema()):
            # Keys of mappings are parts of the path here.
            yield found and replace(found, path=re.sub(r"\[([^]]*)\]", r".\1", found.path))
        request: dict[str, Any] = {
            "record_identifier_feature_name": self.record_identifier,
            "event_time_feature_name": self.event_time,
            "feature_definitions": [
                {"featureName": name, "featureType": kind} for name, kind in self.features.items()
            ],
            "offline_store_config": {"TableFormat": self.table_format or "Glue"},
        }
        yield from rule_problems("CreateFeatureGroup", request, names=_NAMES)
