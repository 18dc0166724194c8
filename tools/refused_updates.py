"""Says which updates of deployed endpoints SageMaker would refuse: ``python -m tools.refused_updates``.

Reads the templates in ``cdk.out``, and those that are deployed with the environment's credentials and region. The
exit status is 1 when it has found one.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import botocore.exceptions
import botocore.session

from sagemaker_constructs.core.rules.catalogue import Breach, Request, breaches

Template = Mapping[str, Any]

REMEDIES = {
    "scaled-variants-stay-as-they-are": "Deploy once without its scaling, then with the change and the scaling.",
    "deployments-keep-the-names-of-variants": "Keep the names, or put the change behind another endpoint.",
}
"""What to do about a rule, where it is not obvious."""


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of a template: their configurations, and which of their variants scale."""

    template: Template

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical id and properties of the resources of a type."""
        for name, resource in self.template.get("Resources", {}).items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    @cached_property
    def requests(self) -> Mapping[str, Request]:
        """The request that each endpoint stands for, by its logical id."""
        return dict(self.of_type("AWS::SageMaker::Endpoint"))

    def configuration(self, endpoint: Request) -> Request:
        """The configuration in the same template that an endpoint refers to; empty when it lies elsewhere."""
        found = dict(self.of_type("AWS::SageMaker::EndpointConfig"))
        return found.get(_referred(endpoint["EndpointConfigName"]), {})

    def scales(self, endpoint: str, variant: str) -> bool:
        """Whether a variant of the endpoint with this logical id is a scalable target."""
        targets = self.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
        written = (json.dumps(target["ResourceId"]) for _, target in targets)
        return any(f'"{endpoint}"' in text and f'/variant/{variant}"' in text for text in written)


def refused_updates(deployed: Template, planned: Template) -> Iterator[tuple[str, Breach]]:
    """The endpoints of ``deployed`` whose update to ``planned`` breaks a rule, by their logical ids."""
    before, after = Endpoints(deployed), Endpoints(planned)
    for name, endpoint in before.requests.items():
        if name not in after.requests:
            continue
        old, new = before.configuration(endpoint), after.configuration(after.requests[name])

        def find(kind: str, key: str, name: str = name, old: Request = old, new: Request = new) -> Request | None:
            match kind:
                case "Endpoint":
                    return {"EndpointConfigName": "old"}
                case "EndpointConfig":
                    return old if key == "old" else new
                case _:
                    return {"ResourceId": key} if before.scales(name, key.rpartition("/")[2]) else None

        if old and new and old != new:
            request = {**after.requests[name], "EndpointName": name, "EndpointConfigName": "new"}
            yield from ((name, breach) for breach in breaches("UpdateEndpoint", request, find, "emulator"))


def _referred(value: object) -> str:
    attribute = cast("Mapping[str, Any]", value).get("Fn::GetAtt", ("",)) if isinstance(value, Mapping) else ("",)
    return str(attribute[0])


def _planned(folder: Path) -> Iterator[tuple[str, str, Template]]:
    """Name, region and template of each stack in a cloud assembly, those of its stages included."""
    for artifact in json.loads((folder / "manifest.json").read_text()).get("artifacts", {}).values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _planned(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            region = artifact["environment"].rpartition("/")[2]
            template = json.loads((folder / properties["templateFile"]).read_text())
            yield properties["stackName"], region, template


def _deployed(stack: str, region: str) -> Template:
    """The template of a stack; empty when it is not there."""
    session: Any = cast(Any, botocore.session).get_session()
    named = None if region == "unknown-region" else region
    try:
        answer = session.create_client("cloudformation", region_name=named).get_template(StackName=stack)
    except botocore.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise
    body = answer["TemplateBody"]
    return json.loads(body) if isinstance(body, str) else body


def main() -> int:
    """Print one line for each update that would be refused."""
    found = 0
    for stack, region, planned in _planned(Path("cdk.out")):
        if not any(Endpoints(planned).requests):
            continue
        for endpoint, breach in refused_updates(_deployed(stack, region), planned):
            found += 1
            print(f"{stack}/{endpoint}: the update {breach.at_synth}. {REMEDIES.get(breach.rule.id, '')}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
