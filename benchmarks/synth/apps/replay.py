"""Templates that another app wrote, made again of generic resources: the floor of synthesis."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk


class Replay(cdk.Stack):
    """A stack whose template is to be equal to ``template``."""

    def __init__(self, scope: cdk.Stage, id: str, *, template: Mapping[str, Any], **options: Any) -> None:
        super().__init__(scope, id, **options)
        for name, definition in template["Resources"].items():
            resource = cdk.CfnResource(self, name, type=definition["Type"], properties=definition.get("Properties"))
            for attribute, value in definition.items():
                if attribute not in ("Type", "Properties"):
                    resource.add_override(attribute, value)


def main() -> None:
    """Replay every template of the assembly that the first argument names."""
    app = cdk.App()
    for path in sorted(Path(sys.argv[1]).glob("*.template.json")):
        Replay(app, path.name.removesuffix(".template.json"), template=json.loads(path.read_text()))
    app.synth()


if __name__ == "__main__":
    main()
