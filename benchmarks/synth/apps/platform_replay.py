"""Stages, stacks and assets that another app wrote, made again of generic resources: the floor of a whole app."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from synth.apps.replay import Replay

PACKAGING = {"zip": cdk.FileAssetPackaging.ZIP_DIRECTORY, "file": cdk.FileAssetPackaging.FILE}


class ReplayedStack(Replay):
    """A stack with outputs, parameters and published assets as well."""

    def __init__(self, scope: cdk.Stage, id: str, *, template: Mapping[str, Any], name: str) -> None:
        super().__init__(scope, id, template=template, stack_name=name, description=template["Description"])
        for parameter, definition in template["Parameters"].items():
            if parameter != "BootstrapVersion":
                cdk.CfnParameter(self, parameter, type=definition["Type"], default=definition["Default"])
        for output, definition in template["Outputs"].items():
            value = definition["Value"]
            cdk.CfnOutput(
                self,
                output,
                value=value if isinstance(value, str) else cdk.Token.as_string(value),
                description=definition.get("Description"),
                export_name=definition.get("Export", {}).get("Name"),
            )

    def publish(self, assets: Mapping[str, Any], staged: Mapping[str, cdk.AssetStaging]) -> None:
        """Publish what the original publishes, but for the template itself."""
        for digest, asset in assets["files"].items():
            staging = staged.get(Path(asset["source"]["path"]).name)
            if staging:
                self.synthesizer.add_file_asset(
                    source_hash=digest,
                    file_name=staging.relative_staged_path(self),
                    packaging=PACKAGING[asset["source"]["packaging"]],
                )
        for image in assets["dockerImages"].values():
            [destination] = image["destinations"].values()
            staging = staged[Path(image["source"]["directory"]).name]
            self.synthesizer.add_docker_image_asset(
                source_hash=destination["imageTag"], directory_name=staging.relative_staged_path(self)
            )


def main() -> None:
    """Replay the one stage of the assembly that the first argument names."""
    assembly = Path(sys.argv[1])
    [nested] = assembly.glob("assembly-*")
    artifacts = json.loads((nested / "manifest.json").read_text())["artifacts"]
    originals = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    [region] = {each["environment"].rpartition("/")[2] for each in originals.values()}
    app = cdk.App()
    stage = cdk.Stage(app, nested.name.removeprefix("assembly-"), env=cdk.Environment(region=region))
    staged = {
        path.name: cdk.AssetStaging(stage, f"Staged{index}", source_path=str(path))
        for index, path in enumerate(sorted(assembly.glob("asset.*")))
    }
    stacks = {
        name: ReplayedStack(
            stage,
            original["displayName"].rpartition("/")[2],
            template=json.loads((nested / f"{name}.template.json").read_text()),
            name=original["properties"]["stackName"],
        )
        for name, original in originals.items()
    }
    for name, stack in stacks.items():
        stack.publish(json.loads((nested / f"{name}.assets.json").read_text()), staged)
        for other in originals[name].get("dependencies", ()):
            if other in stacks:
                stack.add_stack_dependency(stacks[other])
    app.synth()


if __name__ == "__main__":
    main()
