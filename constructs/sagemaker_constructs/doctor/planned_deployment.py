"""What a synthesized app is about to do in one region."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.templates.assembly import StackTemplate, Template, stacks_of
from sagemaker_constructs.core.templates.intrinsics import flat_text, worlds
from sagemaker_constructs.core.templates.landscape import Landscape, TemplateResource
from sagemaker_constructs.doctor.account import Account, NotThere

_ROLE = re.compile(r"role/cdk-([a-z0-9]{1,10})-")
DEFAULT_QUALIFIER = "hnb659fds"


@dataclass(frozen=True, eq=False)
class PlannedDeployment:
    """The stacks of an app that go to ``region``, which is empty where the credentials decide.

    ``assembly`` is the folder that ``cdk synth`` has written.
    """

    assembly: Path
    region: str
    stacks: Sequence[StackTemplate]

    @staticmethod
    def read(assembly: Path) -> Sequence[PlannedDeployment]:
        """One for each region.

        Raises ``FileNotFoundError`` for a folder that ``cdk synth`` has not written.
        """
        stacks = list(stacks_of(assembly))
        regions = dict.fromkeys("" if each.region == "unknown-region" else each.region for each in stacks)
        return [
            PlannedDeployment(
                assembly, region, [each for each in stacks if each.region.replace("unknown-region", "") == region]
            )
            for region in regions
        ]

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """The templates by stack, as they are when their conditions hold."""
        return {each.name: next(iter(worlds(each.template))) for each in self.stacks}

    @cached_property
    def landscape(self) -> Landscape:
        """Their resources."""
        return Landscape(self.templates)

    def of_type(self, *types: str) -> Sequence[TemplateResource]:
        """Their resources of these types."""
        return self.landscape.of_type(*types)

    @property
    def accounts(self) -> Sequence[str]:
        """The accounts that the app names; none where the credentials decide."""
        return sorted({each.account for each in self.stacks if each.account})

    @property
    def deployed(self) -> Iterator[StackTemplate]:
        """The stacks that are deployed by themselves, and not as part of another one."""
        return (each for each in self.stacks if not each.nested)

    @cached_property
    def qualifier(self) -> str:
        """Which bootstrap the stacks are deployed with."""
        named = (_ROLE.search(str(each.artifact.get("assumeRoleArn", ""))) for each in self.stacks)
        return next((found[1] for found in named if found), DEFAULT_QUALIFIER)


def known_text(value: Any, account: Account) -> str:
    """``value`` of a template as text, if account and region are all that it waits for; otherwise empty."""
    text = account.written(flat_text(value))
    return "" if "${" in text else text


def deployed_resources(account: Account, stack: str) -> Mapping[str, str]:
    """The physical ids of a stack's resources by logical id; none for a stack that is not there.

    Raises ``NotSeen`` where they are not shown.
    """
    try:
        listed = account.every("cloudformation", "ListStackResources", "StackResourceSummaries", StackName=stack)
    except NotThere:
        return {}
    return {each["LogicalResourceId"]: str(each.get("PhysicalResourceId", "")) for each in listed}


def is_deployed(account: Account, subject: TemplateResource, name: str = "") -> bool:
    """Whether the stack of ``subject`` has it already, and, if one is given, under this name."""
    found = deployed_resources(account, subject.stack).get(subject.logical_id)
    if found is None or not name:
        return found is not None
    return found == name or found.rpartition("/")[2] == name or found.endswith(f":{name}")
