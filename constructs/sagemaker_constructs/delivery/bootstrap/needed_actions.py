"""The actions that the deployment of templates takes, and the services that their roles speak of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.handler_permissions import handler_actions

_ACTION = re.compile(r'"([a-z][a-z0-9-]+):(?:[A-Z][A-Za-z0-9]*\*?|\*)"')
_MANAGED = {"AWSLambdaBasicExecutionRole": "logs", "AWSLambdaVPCAccessExecutionRole": "ec2"}
_ALWAYS = ("logs", "cloudwatch", "xray", "sts")
"""What roles of nearly every service use, besides what their policies name."""


def needed_actions(templates: Mapping[str, Template]) -> frozenset[str]:
    """The actions that whoever deploys ``templates`` needs, by the schemas of the types in them.

    Raises ``ValueError`` that names all types whose schema is not known here.
    """
    found: set[str] = set()
    unknown: set[str] = set()
    for template in templates.values():
        for resource in template.get("Resources", {}).values():
            actions = handler_actions(str(resource["Type"]))
            if actions is None:
                unknown.add(str(resource["Type"]))
            else:
                found |= actions
        found |= set(_read_at_deployment(template))
    if unknown:
        raise ValueError(f"the actions that these types take are not known: {', '.join(sorted(unknown))}")
    return frozenset(found)


def services_of_roles(templates: Mapping[str, Template]) -> frozenset[str]:
    """The services whose actions the policies in ``templates`` name, such as ``sagemaker``."""
    written = json.dumps([each.get("Resources", {}) for each in templates.values()])
    managed = {service for name, service in _MANAGED.items() if name in written}
    return frozenset({*_ACTION.findall(written), *managed, *_ALWAYS})


def _read_at_deployment(template: Template) -> Iterator[str]:
    """What CloudFormation reads itself: parameters of SSM, and secrets, by their references."""
    parameters: Mapping[str, Mapping[str, Any]] = template.get("Parameters", {})
    written = json.dumps(template.get("Resources", {}))
    if any("AWS::SSM::Parameter::" in str(each.get("Type")) for each in parameters.values()) or (
        "{{resolve:ssm" in written
    ):
        yield "ssm:GetParameters"
    if "{{resolve:secretsmanager" in written:
        yield "secretsmanager:GetSecretValue"
