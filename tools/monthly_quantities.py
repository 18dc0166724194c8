"""Writes into the README what an environment has by the month: ``python -m tools.monthly_quantities``.

Counted from the templates is what costs money while nobody uses it; requests, jobs and storage depend on the use.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = PROJECT / "tests" / "snapshot" / "templates"
README = PROJECT / "README.md"
ENVIRONMENTS = ("minimal", "dev", "prod")
HOURS = 730
"""The hours of a month, as AWS counts them."""

_BEGIN, _END = "<!-- begin: monthly quantities -->", "<!-- end: monthly quantities -->"
_PRICES = {
    "instance-hours of ml.c6i.large": 0.102,
    "instance-hours of ml.c7i.large": 0.107,
    "instance-hours of ml.c7i.xlarge": 0.214,
    "instance-hours of ml.m5.large": 0.115,
    "hours of interface endpoints": 0.01,
    "KMS keys": 1.0,
    "alarms": 0.1,
    "secrets": 0.4,
    "web ACLs": 5.0,
    "rules of web ACLs": 1.0,
}
"""USD in us-east-1, as AWS's price lists of 2025-07 to 2026-09 state them; what is not here was not found there."""
_INFERRED = ("instance-hours of ml.c7i.large", "instance-hours of ml.c7i.xlarge")
"""Prices that follow from those of the neighbouring types."""

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Bounds:
    """The least and the most of something in a month."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:,g}" if self.least == self.most else f"{self.least:,g} to {self.most:,g}"

    def at(self, price: float) -> "Bounds":
        """What this costs, in whole USD."""
        return Bounds(round(self.least * price), round(self.most * price))


def quantities(stacks: list[Resources]) -> dict[str, Bounds]:
    """What the stacks of an environment have by the month, by its name."""
    least, most = defaultdict[str, float](float), defaultdict[str, float](float)
    for resources in stacks:
        for name, low, high in _counted(resources):
            least[name] += low
            most[name] += high
    return {name: Bounds(least[name], most[name]) for name in most}


def _counted(resources: Resources) -> Iterator[tuple[str, float, float]]:
    for resource in resources.values():
        properties: Mapping[str, Any] = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::SageMaker::EndpointConfig":
                for kind in ("ProductionVariants", "ShadowProductionVariants"):
                    for variant in properties.get(kind, ()):
                        yield from _variant(variant, resources)
            case "AWS::EC2::VPCEndpoint" if properties.get("VpcEndpointType") == "Interface":
                hours = HOURS * len(properties["SubnetIds"])
                yield "hours of interface endpoints", hours, hours
            case "AWS::WAFv2::WebACL":
                yield "web ACLs", 1, 1
                yield "rules of web ACLs", len(properties["Rules"]), len(properties["Rules"])
            case "AWS::CloudWatch::Alarm":
                yield "alarms", 1, 1
            case "AWS::ApplicationAutoScaling::ScalingPolicy" if properties["PolicyType"] == "TargetTrackingScaling":
                # Application Auto Scaling makes one to add capacity and one to take it away.
                yield "alarms", 2, 2
            case "AWS::CloudWatch::Dashboard":
                yield "dashboards", 1, 1
            case "AWS::RedshiftServerless::Namespace" if properties.get("ManageAdminPassword"):
                yield "secrets", 1, 1
            case "AWS::KMS::Key":
                yield "KMS keys", 1, 1
            case _:
                pass


def _variant(variant: Mapping[str, Any], resources: Resources) -> Iterator[tuple[str, float, float]]:
    target = _target(str(variant["VariantName"]), resources)
    if serverless := variant.get("ServerlessConfig"):
        if "ProvisionedConcurrency" in serverless:
            gigabytes, kept = serverless["MemorySizeInMB"] / 1024, serverless["ProvisionedConcurrency"]
            low, high = target or (kept, kept)
            name = "GB-hours of provisioned concurrency"
            yield name, low * gigabytes * HOURS, high * gigabytes * HOURS
        return
    count = variant["InitialInstanceCount"]
    if managed := variant.get("ManagedInstanceScaling"):
        low, high = managed["MinInstanceCount"], managed["MaxInstanceCount"]
        # Copies that never sleep keep an instance awake.
        target = (max(low, int(_has_copies_awake(resources))), high)
    low, high = target or (count, count)
    yield f"instance-hours of {variant['InstanceType']}", low * HOURS, high * HOURS


def _target(variant: str, resources: Resources) -> tuple[int, int] | None:
    """The bounds between which a variant scales, whenever that is."""
    for resource in resources.values():
        if resource["Type"] != "AWS::ApplicationAutoScaling::ScalableTarget":
            continue
        properties = resource["Properties"]
        if json.dumps(properties["ResourceId"]).rstrip("]}").endswith(f'/variant/{variant}"'):
            actions = [action["ScalableTargetAction"] for action in properties.get("ScheduledActions", ())]
            bounds = [properties, *actions]
            return min(each["MinCapacity"] for each in bounds), max(each["MaxCapacity"] for each in bounds)
    return None


def _has_copies_awake(resources: Resources) -> bool:
    components = [each for each in resources.values() if each["Type"] == "AWS::SageMaker::InferenceComponent"]
    asleep = [
        each
        for each in resources.values()
        if each["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"
        and each["Properties"]["ScalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
        and each["Properties"]["MinCapacity"] == 0
    ]
    return len(components) > len(asleep)


def table() -> str:
    """The part of the README between its two marks."""
    by_environment = {name: quantities(_stacks(name)) for name in ENVIRONMENTS}
    names = sorted({name for each in by_environment.values() for name in each}, key=_order)
    lines = [f"| by the month | {' | '.join(ENVIRONMENTS)} | USD each |", "|---" * (len(ENVIRONMENTS) + 2) + "|"]
    for name in names:
        cells = [str(each[name]) if name in each else "" for each in by_environment.values()]
        lines.append(f"| {name} | {' | '.join(cells)} | {_price(name)} |")
    sums = [_sum(each) for each in by_environment.values()]
    lines.append(f"| **USD, without what has no price here** | {' | '.join(f'**{each}**' for each in sums)} | |")
    return "\n".join(lines)


def _price(name: str) -> str:
    if name not in _PRICES:
        return "not known here"
    return f"{'about ' if name in _INFERRED else ''}{_PRICES[name]:g}"


def _sum(found: Mapping[str, Bounds]) -> Bounds:
    priced = [bounds.at(_PRICES[name]) for name, bounds in found.items() if name in _PRICES]
    return Bounds(sum(each.least for each in priced), sum(each.most for each in priced))


def _order(name: str) -> tuple[bool, str]:
    return not name.startswith("instance-hours"), name


def _stacks(environment: str) -> list[Resources]:
    paths = sorted(TEMPLATES.glob(f"{environment}-*.json"))
    return [json.loads(path.read_text(encoding="utf-8"))["Resources"] for path in paths]


def with_table(text: str) -> str:
    """``text`` with the table as it is now."""
    pattern = re.compile(f"({re.escape(_BEGIN)}\n).*?({re.escape(_END)})", re.DOTALL)
    written, found = pattern.subn(lambda marks: f"{marks[1]}{table()}\n{marks[2]}", text)
    if found != 1:
        raise ValueError(f"the marks {_BEGIN} and {_END} must stand once in the text, got: {found}")
    return written


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
