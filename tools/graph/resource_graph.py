"""The graph of what one template provisions: its resources, and which of them names which."""

import re
from collections.abc import Mapping
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import references_in
from tools.graph.drawing import graph, label, quoted

# What comes with other resources says nothing about how they belong together.
_LEFT_OUT = re.compile(
    r"AWS::(CDK::Metadata|IAM::(Policy|Role|ManagedPolicy)|Logs::LogGroup|Lambda::Permission|S3::BucketPolicy|SNS::TopicPolicy"
    r"|SQS::QueuePolicy|EC2::(RouteTable|Route|SubnetRouteTableAssociation))"
)


def resource_graph(name: str, resources: Mapping[str, Mapping[str, Any]]) -> str:
    """The graph of ``resources``; those of one type that name the same others are one box."""
    shown = {key: each for key, each in resources.items() if not _LEFT_OUT.fullmatch(each["Type"])}
    others = {key: shown.keys() - {key} for key in shown}
    named = {key: frozenset(references_in(each.get("Properties"))) & others[key] for key, each in shown.items()}
    naming = {key: frozenset(other for other, targets in named.items() if key in targets) for key in shown}
    boxes: dict[tuple[str, frozenset[str], frozenset[str]], list[str]] = {}
    for key, each in shown.items():
        boxes.setdefault((each["Type"], named[key], naming[key]), []).append(key)
    of = {key: keys[0] for keys in boxes.values() for key in keys}
    body = [
        f"{quoted(keys[0])} [label={label(_kind(kind), f'{len(keys)} of them' if len(keys) > 1 else keys[0])}]"
        for (kind, _, _), keys in boxes.items()
    ]
    arrows = {(of[target], of[key]) for key, targets in named.items() for target in targets}
    body += [f'{quoted(source)} -> {quoted(target)} [color="#475569"]' for source, target in sorted(arrows)]
    return graph(name, body, caption=f"{len(resources)} resources")


def _kind(resource_type: str) -> str:
    return resource_type.removeprefix("AWS::").replace("::", " ")
