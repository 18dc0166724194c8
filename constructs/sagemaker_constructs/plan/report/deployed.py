"""The templates that are deployed, from CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sagemaker_constructs.core.templates.assembly import StackTemplate, Template


def deployed_templates(stacks: Sequence[StackTemplate]) -> Mapping[str, Template]:
    """The deployed templates of ``stacks``, with the credentials and endpoints of the environment.

    A stack that is not there is left out. Calls ``cloudformation:GetTemplate``, and ``DescribeStackResource`` for
    nested stacks.

    Raises ``OSError`` where CloudFormation cannot be asked.
    """
    import botocore.exceptions

    clients: dict[str, Any] = {}
    found: dict[str, Template] = {}
    names: dict[str, str] = {}
    for stack in stacks:
        client = clients.setdefault(stack.region, None) or _client(stack.region)
        clients[stack.region] = client
        try:
            names[stack.name] = _physical_name(client, stack, names)
            body = client.get_template(StackName=names[stack.name])["TemplateBody"]
        except botocore.exceptions.ClientError as error:
            if "does not exist" in str(error):
                continue
            raise OSError(f"CloudFormation does not give the template of {stack.name}: {error}") from error
        except botocore.exceptions.BotoCoreError as error:
            raise OSError(f"CloudFormation cannot be asked for {stack.name}: {error}") from error
        found[stack.name] = json.loads(body) if isinstance(body, str) else body
    return found


def _client(region: str) -> Any:
    import botocore.session

    session: Any = cast(Any, botocore.session).get_session()
    return session.create_client("cloudformation", region_name=None if region in ("", "unknown-region") else region)


def _physical_name(client: Any, stack: StackTemplate, names: Mapping[str, str]) -> str:
    """The name in AWS, which a nested stack gets when it is made."""
    if not stack.nested:
        return stack.name
    parent, _, logical_id = stack.name.rpartition("/")
    described = client.describe_stack_resource(StackName=names.get(parent, parent), LogicalResourceId=logical_id)
    return str(described["StackResourceDetail"]["PhysicalResourceId"])
