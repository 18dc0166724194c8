"""What a synthesized fleet needs of an account, and its page."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stage
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.fleet.endpoint_fleet import EndpointFleet
from sagemaker_constructs.fleet.fleet_table import FleetRow, FleetTable
from sagemaker_constructs.fleet.report.assembly import FleetStack, fleet_stacks
from sagemaker_constructs.fleet.report.command import main
from sagemaker_constructs.fleet.report.needs import needs_of
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving import InstanceRange, RealTimeEndpoint, ServerlessEndpoint

KEY = "arn:aws:kms:us-east-1:123456789012:key/0b6dd2b4-4d9c-4ec9-93c1-1d7b0a0f5c5e"
ROWS = [
    {"name": "shop-a", "kind": "ml.c7i.large", "most": "4", "owner": "<risk>"},
    {"name": "shop-b", "kind": "ml.m5.large", "most": "1", "owner": "growth"},
    {"name": "shop-c", "kind": "serverless", "most": "", "owner": "growth"},
]


def _serve(scope: Construct, row: FleetRow) -> None:
    image = ModelImage.from_directory("tests/unit/image")
    model = Model(scope, "Model", image=image, network_isolation=row["kind"] != "serverless")
    key = kms.Key.from_key_arn(scope, "Key", KEY)
    if row["kind"] == "serverless":
        ServerlessEndpoint(scope, "Endpoint", model=model)
        return
    most = row.whole_number("most")
    endpoint = RealTimeEndpoint(
        scope,
        "Endpoint",
        model=model,
        instance_type=row["kind"],
        instances=InstanceRange(1, most),
        encryption_key=key,
    )
    if most > 1:
        endpoint.scale_on_invocations(per_instance_per_minute=600)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a stage, and with the metadata that the command line asks for."""
    folder = tmp_path_factory.mktemp("fleet") / "cdk.out"
    app = App(outdir=str(folder), context={"aws:cdk:enable-path-metadata": True})
    stage = Stage(app, "prod", env=Environment(account="123456789012", region="us-east-1"))
    EndpointFleet(stage, "Shops", table=FleetTable.of(ROWS), stacks=1, build=_serve, shown=["owner"])
    app.synth()
    return folder


def test_what_is_read(assembly: Path) -> None:
    [stack] = fleet_stacks(assembly)
    assert (stack.name, stack.wave) == ("prod-Shops-000", 1)
    a, b, c = stack.endpoints
    assert (a.row, a.first, a.most, a.shown) == (
        "shop-a",
        {"ml.c7i.large": 1},
        {"ml.c7i.large": 4},
        {"owner": "<risk>"},
    )
    assert (b.first, b.most) == ({"ml.m5.large": 1}, {"ml.m5.large": 1})
    assert c.most == {}
    assert a.endpoint_name.startswith("prod-shops-000-shop-a-endpoint")


def test_the_needs(assembly: Path) -> None:
    needs = {need.what: need.needed for need in needs_of(list(fleet_stacks(assembly)))}
    assert needs["endpoints"] == 3
    # Four at most, and as many again while they are updated.
    assert needs["ml.c7i.large for endpoint usage, while a wave is updated"] == 8
    assert needs["stacks"] == 1
    assert needs["IAM roles"] >= 3


def _stack(**changed: Any) -> FleetStack:
    given: dict[str, Any] = {"name": "a", "wave": 1, "size": 1, "resources": {"AWS::IAM::Role": 1}, "endpoints": ()}
    return FleetStack(**(given | changed))


@pytest.mark.parametrize(
    ("changed", "too_much", "asked"),
    [
        ({}, [], ["endpoints"]),
        ({"resources": {"AWS::SNS::Topic": 501}}, ["resources in the fullest stack"], ["endpoints"]),
        ({"size": 1_048_577}, ["bytes of the largest template"], ["endpoints"]),
        ({"resources": {"AWS::IAM::Role": 400}}, [], ["IAM roles", "endpoints"]),
    ],
)
def test_what_is_too_much(changed: dict[str, Any], too_much: list[str], asked: list[str]) -> None:
    needs = list(needs_of([_stack(**changed)] * 3))
    assert [need.what for need in needs if need.is_too_much] == too_much
    assert [need.what for need in needs if need.has_to_be_asked] == asked


def test_the_command(assembly: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, document = tmp_path / "fleet.html", tmp_path / "fleet.json"
    assert main([str(assembly), "--html", str(page), "--json", str(document)]) == 0
    assert "✔ of 500" in capsys.readouterr().out
    text = page.read_text()
    assert "&lt;risk&gt;" in text
    assert "<risk>" not in text
    assert "1 to 4 ml.c7i.large" in text
    assert {need["what"] for need in json.loads(document.read_text())} >= {"endpoints", "alarms"}


def test_a_folder_without_a_fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = App(outdir=str(tmp_path / "cdk.out"))
    app.synth()
    assert main([str(tmp_path / "cdk.out")]) == 2
    assert "has no stack of a fleet" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2


def test_what_failed_comes_first(
    assembly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def states(stacks: list[FleetStack]) -> dict[str, str]:
        names = [endpoint.endpoint_name for stack in stacks for endpoint in stack.endpoints]
        return dict(zip(names, ("InService", "Failed", "-"), strict=True))

    monkeypatch.setattr("sagemaker_constructs.fleet.report.command._states", states)
    assert main([str(assembly), "--live", "--html", str(tmp_path / "fleet.html")]) == 1
    assert "error: 1 endpoints have failed: prod-shops-000-shop-b" in capsys.readouterr().err
    text = (tmp_path / "fleet.html").read_text()
    assert text.index(">shop-b<") < text.index(">shop-c<") < text.index(">shop-a<")
