"""What a smoke test may do."""

from collections.abc import Sequence

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.places import Location

_BEGINNING = 27
"""So much of a name is there however long it is: ``physical_name`` for the 63 characters of an endpoint's."""


def smoke_test_grants(
    place: Location, stacks: Sequence[str], *, account: str | None = None, region: str | None = None
) -> Grants:
    """Find what ``stacks`` (names or patterns) have, invoke their endpoints, and look at their alarms.

    In the account and region of ``place``, unless they are others.
    """
    grants = Grants()

    def within(service: str) -> str:
        return f"arn:{place.partition}:{service}:{region or place.region}:{account or place.account}"

    grants.allow(
        "cloudformation:DescribeStackResource",
        on=[f"{within('cloudformation')}:stack/{each}/*" for each in stacks],
        because="Stacks get a number of their own when they are made.",
    )
    names = [each.rstrip("*") for each in stacks]
    grants.allow(
        "sagemaker:InvokeEndpoint",
        "sagemaker:InvokeEndpointAsync",
        on=[f"{within('sagemaker')}:endpoint/{each.lower()[:_BEGINNING].rstrip('-')}-*" for each in names],
        because="Names of endpoints begin with that of their stack, and end in a hash.",
    )
    grants.allow(
        "cloudwatch:DescribeAlarms",
        on=[f"{within('cloudwatch')}:alarm:{each}*" for each in names],
        because="Names of alarms begin with that of their stack.",
    )
    return grants
