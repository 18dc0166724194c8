"""What the labeling of a platform's data is told."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sagemaker_constructs.core.problems import Problem, is_token
from sagemaker_constructs.labeling.labeling_budget import LabelingBudget
from sagemaker_constructs.labeling.labeling_task import LabelingTask
from stacks.configuration.fields.kit import in_words, matching
from stacks.configuration.section import SettingsSection
from stacks.foundation.fields import SubnetId
from stacks.training.pipeline.settings import KeyEnding, Prefix

OUTPUT = "labels"
"""Folder in the bucket for data of tasks, answers and manifests."""
_NAMES = {"title": "question"}


def _network(value: str) -> str:
    if "/" not in value:
        raise ValueError("no network")
    return str(ipaddress.IPv4Network(value, strict=True))


Label = Annotated[str, Field(min_length=1, max_length=128, json_schema_extra=in_words("1 to 128 characters"))]
TeamArn = Annotated[
    str, matching(r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:workteam/.+$", "the ARN of a work team")
]
CertificateArn = Annotated[
    str,
    matching(r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$", "the ARN of a certificate of ACM"),
]
VpcId = Annotated[str, matching(r"^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", "vpc- and 8 or 17 hexadecimal digits")]
HostName = Annotated[
    str,
    matching(
        r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        "a host name in lower case, such as labels.example.com",
        most=253,
    ),
]
Network = Annotated[
    str,
    Field(
        json_schema_extra=in_words(
            "an IPv4 network such as 192.0.2.0/24", pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"
        )
    ),
    AfterValidator(_network),
]


class LabelStudioSettings(SettingsSection):
    """A Label Studio in the platform's network, billed by the hour whether somebody labels or not."""

    domain_name: HostName
    """Where people open it; a record of your DNS points from it to the load balancer."""
    certificate_arn: CertificateArn
    """Certificate of that name, in the platform's region."""
    cidrs: Annotated[tuple[Network, ...], Field(min_length=1, max_length=60)]
    """From where people come."""
    vpc_id: VpcId
    """The VPC of `network.subnet_ids`, which need a way to the internet by a NAT gateway."""
    public_subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=0, max_length=16)] = ()
    """Public subnets for a load balancer that faces the internet; left out, only the network reaches it."""


class LabelingSettings(SettingsSection):
    """Objects in the bucket for data that people label, and an augmented manifest of what they say."""

    engine: Literal["open", "ground_truth"] = "open"
    """Label Studio, or SageMaker Ground Truth, which is closed to accounts that have not used it before."""
    question: Annotated[str, Field(min_length=1, max_length=128)]
    """What people are asked."""
    kind: Literal[
        "ImageMultiClass",
        "ImageMultiClassMultiLabel",
        "BoundingBox",
        "TextMultiClass",
        "TextMultiClassMultiLabel",
        "NamedEntityRecognition",
    ] = "ImageMultiClass"
    """What they answer: one class or several of an image or a text, boxes on an image, entities in a text."""
    labels: Annotated[tuple[Label, ...], Field(min_length=1, max_length=50)]
    """The answers that there are."""
    objects: Prefix = "to-label"
    """Folder in the platform's bucket for data of what is labeled."""
    suffixes: Annotated[tuple[KeyEnding, ...], Field(min_length=0, max_length=10)] = ()
    """How names of objects end that are labeled; left out, all are."""
    manifest: Prefix | None = None
    """Key of a manifest that lists what is labeled, in that bucket; left out, the objects are listed."""
    people_per_object: Annotated[int, Field(ge=1, le=9)] = 1
    """People who answer about each object."""
    most_objects: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """Objects that are labeled at most."""
    usd_per_answer: Annotated[float, Field(ge=0.001, le=1_000)] | None = None
    """What one answer costs you in USD: the price of AWS and the pay of whoever answers."""
    most_usd: Annotated[float, Field(ge=0.01, le=10_000_000)] | None = None
    """USD that all answers together may cost."""
    server: LabelStudioSettings | None = None
    """A Label Studio of the platform's own; left out, one that you run reads and writes the same folders."""
    team_arn: TeamArn | None = None
    """Work team of Ground Truth; left out, a workforce and a team of the platform's own."""

    def task(self) -> LabelingTask:
        """The question of the construct."""
        return LabelingTask(self.kind, title=self.question, labels=list(self.labels))

    def budget(self) -> LabelingBudget:
        """What it may cost."""
        return LabelingBudget(self.most_objects, self.usd_per_answer, self.most_usd)

    def problems(self) -> Iterator[Problem | None]:
        """What an engine lacks, or refuses."""
        if any(map(is_token, (self.engine, self.kind, self.question, self.labels))):
            return
        for found in self.task().problems(self.people_per_object):
            yield found and replace(found, path=_NAMES.get(found.path, found.path))
        yield from self.budget().problems(self.people_per_object)
        if f"{OUTPUT}/".startswith(f"{self.objects}/"):
            yield Problem("objects", f"must be another folder than {OUTPUT}, where answers are, got: {self.objects}")
        if self.manifest and self.suffixes:
            yield Problem("suffixes", "is for objects that are listed, and a manifest is given, got both")
        if self.manifest is None and (self.kind.startswith("Text") or self.kind == "NamedEntityRecognition"):
            yield Problem("manifest", f"is needed for {self.kind}, whose texts are its lines, got: none")
        if self.engine == "open" and self.team_arn is not None:
            yield Problem("team_arn", "is for the engine ground_truth: Label Studio has no work teams, got: one")
        if self.engine == "ground_truth" and self.server is not None:
            yield Problem("server", "is for the engine open: Ground Truth has pages of its own, got: one")
