"""Digits that people label at a Label Studio of their own, one in a browser, behind a load balancer."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from demo.people.balancer import Balancer
from demo.people.digits import COUNT, digits
from demo.people.server import Server
from demo.people.sign_on import Pool
from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients, wait_for
from harness.published_stack import deploy
from lambdas.labeling.label_studio import project_task, proposed_task
from sagemaker_constructs.labeling import LabelingInput, LabelingTask, LabelStudioProject
from sagemaker_constructs.labeling.open.label_studio_server import HEALTH_PATH, HEALTHY

BUCKET, SHOWN = "labels-of-a-server", "images-of-a-server"
WORKER = PROJECT / "demo" / "people" / "worker.mjs"
IN_A_BROWSER = 20
FIRST = 60


def _arrive(client: Clients, begin: int, end: int) -> None:
    images, _ = digits()
    for number in range(begin, end):
        name = f"images/{number:03}.png"
        client("s3").put_object(Bucket=SHOWN, Key=name, Body=images[number], ContentType="image/png")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool()
    yield made
    made.close()


@pytest.fixture(scope="module")
def outputs(client: Clients, context: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A project of the library, deployed over images of another bucket, of which not all are there yet."""
    for bucket in (BUCKET, SHOWN):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    _arrive(client, 0, FIRST)

    def build(stack: cdk.Stack) -> None:
        labels = [str(digit) for digit in range(10)]
        project = LabelStudioProject(
            stack,
            "Digits",
            task=LabelingTask("ImageMultiClass", title="Which digit?", labels=labels),
            input=LabelingInput(s3.Bucket.from_bucket_name(stack, "Shown", SHOWN), "images", suffixes=[".png"]),
            output=s3.Bucket.from_bucket_name(stack, "Labels", BUCKET),
            follow=True,
        )
        told = {
            "Folder": project.folder,
            "Project": stack.to_json_string(project.description()),
            "Manifest": project.manifest_key,
        }
        for name, value in told.items():
            cdk.CfnOutput(stack, name, value=value)

    stack = deploy(client, "labels-of-a-server", build, context=context, outdir=tmp_path_factory.mktemp("digits"))
    return {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}


@pytest.fixture(scope="module")
def server(
    pool: Pool, outputs: dict[str, str], emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **emulator.environment(),
        "LABELING_PROJECTS": f"[{outputs['Project']}]",
        "LABELING_LOOK_SECONDS": "1",
    }
    made = Server(tmp_path_factory.mktemp("server"), pool, port, environment)
    yield made
    made.stop()


def test_people_label_digits_and_the_manifest_has_them(
    server: Server, pool: Pool, outputs: dict[str, str], client: Clients, tmp_path: Path
) -> None:
    _, truth = digits()

    def ann() -> dict[str, str]:
        # Anew each time: tokens are good for two minutes.
        return {**pool.headers("ann@example.com", ["annotators"]), "content-type": "application/json"}

    def listed() -> list[dict[str, Any]]:
        return json.loads(server.ask("/api/tasks?project=1&page_size=200&fields=all", ann())[1])["tasks"]

    assert len(listed()) == FIRST
    _arrive(client, FIRST, COUNT)
    wait_for(listed, lambda found: len(found) == COUNT)
    balancer = Balancer(server, pool, "bob@example.com", ["annotators"])
    given = {
        "address": balancer.address,
        "project": 1,
        "count": IN_A_BROWSER,
        "keys": {f"{number:03}.png": str(digit) for number, digit in enumerate(truth)},
        "picture": str(tmp_path / "page.png"),
    }
    command = ["node", str(WORKER), json.dumps(given)]
    worker = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=900)
    balancer.close()
    assert worker.returncode == 0, worker.stderr[-2000:]
    seen = json.loads(worker.stdout)
    assert all(origin.startswith("http://127.0.0.1:") for origin in seen["asked"])
    assert seen["refused"] == []

    left = [each for each in listed() if not each["is_labeled"]]
    assert len(left) == COUNT - IN_A_BROWSER
    for task in left:
        number: int = task["data"]["number"]
        said = {"choices": [str(truth[number])]}
        result = [{"from_name": "answer", "to_name": "object", "type": "choices", "value": said}]
        path, body = f"/api/tasks/{task['id']}/annotations", json.dumps({"result": result}).encode()
        assert server.ask(path, ann(), method="POST", body=body)[0] == 201

    def manifest() -> list[dict[str, Any]]:
        body: str = client("s3").get_object(Bucket=BUCKET, Key=outputs["Manifest"])["Body"].read().decode()
        return [json.loads(line) for line in body.splitlines()]

    lines = wait_for(manifest, lambda found: len(found) == COUNT)
    labeled = {Path(line["source-ref"]).name: line["label"] for line in lines}
    assert labeled == {f"{number:03}.png": digit for number, digit in enumerate(truth)}
    assert lines[0]["label-metadata"]["type"] == "groundtruth/image-classification"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"signer": "arn:aws:elasticloadbalancing:eu-central-1:666:loadbalancer/app/x/1"}, "another load balancer"),
        ({"client": "somebody-else"}, "another client"),
        ({"exp": time.time() - 1}, "expired"),
        ({"kid": "unknown"}, "404"),
        ({"kid": "../balancer-1"}, "no name of a key"),
        ({"alg": "none"}, "not allowed"),
    ],
)
def test_a_token_of_somebody_else_is_refused(server: Server, pool: Pool, other: dict[str, Any], reason: str) -> None:
    status, told = server.ask("/api/projects", pool.headers("eve@example.com", ["managers"], **other))
    assert status == 401
    assert reason in told


def test_who_is_not_signed_on_sees_nothing(server: Server, pool: Pool) -> None:
    others = Pool()
    signed_on: list[dict[str, str]] = [
        {},
        {"x-amzn-oidc-identity": "ann@example.com"},
        others.headers("eve@example.com", ["managers"]),
        {**pool.headers("ann@example.com", ["annotators"]), "x-amzn-oidc-accesstoken": "e30.e30.e30"},
        # One's own sign-on with the groups of somebody else.
        {
            **pool.headers("ann@example.com", ["annotators"]),
            "x-amzn-oidc-accesstoken": pool.headers("boss@example.com", ["managers"])["x-amzn-oidc-accesstoken"],
        },
    ]
    for headers in signed_on:
        for path in ("/", "/projects/", "/api/projects", "/user/signup", "/static/css/main.css"):
            assert server.ask(path, headers)[0] == 401, (path, headers)
    others.close()
    assert server.ask("/health")[0] == 200


def test_a_load_balancer_that_asks_for_health_lets_the_database_sleep(server: Server, pool: Pool) -> None:
    database = server.log.parent / "label_studio.sqlite3"
    away = database.rename(database.with_suffix(".away"))
    try:
        assert server.ask("/api/projects", pool.headers("boss@example.com", ["managers"]))[0] == 500
        assert server.ask(HEALTH_PATH)[0] == HEALTHY
    finally:
        away.replace(database)


def test_annotators_label_and_managers_manage(server: Server, pool: Pool) -> None:
    boss = pool.headers("boss@example.com", ["managers"])
    ann = {**pool.headers("ann@example.com", ["annotators"]), "content-type": "application/json"}
    for method, path in (
        ("DELETE", "/api/projects/1"),
        ("PATCH", "/api/projects/1"),
        ("POST", "/api/projects"),
        ("POST", "/api/dm/actions?id=delete_tasks&project=1"),
        ("GET", "/api/projects/1/export?exportType=JSON"),
        ("GET", "/api/storages/s3?project=1"),
        ("GET", "/api/current-user/token"),
        ("POST", "/api/invite/reset-token"),
    ):
        assert server.ask(path, ann, method=method, body=None if method == "GET" else b"{}")[0] == 403, path
    for path in ("/user/login", "/user/signup", "/admin/", "/django-rq/"):
        assert server.ask(path, boss)[0] == 403, path
    assert server.ask("/api/projects", pool.headers("guest@example.com", []))[0] == 403
    assert "Digits" in [each["title"] for each in json.loads(server.ask("/api/projects", ann)[1])["results"]]
    storages = json.loads(server.ask("/api/storages/s3?project=1", boss)[1])
    assert {each["bucket"] for each in storages} == {BUCKET, SHOWN}
    users = json.loads(server.ask("/api/users", boss)[1])
    assert {"ann@example.com", "boss@example.com"} <= {each["email"] for each in users}


def test_a_project_with_more_objects_keeps_its_tasks(
    server: Server, pool: Pool, outputs: dict[str, str], client: Clients
) -> None:
    boss = pool.headers("boss@example.com", ["managers"])
    folder = outputs["Folder"].strip("/")
    configuration = client("s3").get_object(Bucket=BUCKET, Key=f"{folder}/configuration.xml")["Body"].read()
    for names in (["b", "c"], ["a", "b", "c"]):
        lines = [{"source-ref": f"s3://{SHOWN}/images/{name}.png"} for name in names]
        tasks = [project_task(number, line) for number, line in enumerate(lines)]
        place = f"grown/{len(names)}"
        client("s3").put_object(Bucket=BUCKET, Key=f"{place}/configuration.xml", Body=configuration)
        client("s3").put_object(Bucket=BUCKET, Key=f"{place}/tasks.json", Body=json.dumps(tasks).encode())
        project = {"name": "grown", "folder": f"s3://{BUCKET}/{place}", "annotations": f"s3://{BUCKET}/answers"}
        server.start_again(LABELING_PROJECTS=json.dumps([json.loads(outputs["Project"]), project]))
        listed: dict[str, Any] = json.loads(server.ask("/api/projects", boss)[1])
        [grown] = [each for each in listed["results"] if each["title"] == "grown"]
        assert grown["task_number"] == len(names)
        storages = json.loads(server.ask(f"/api/storages/s3?project={grown['id']}", boss)[1])
        assert [each["prefix"] for each in storages] == [place]


def test_what_a_model_proposes_is_chosen_when_people_come_to_it(
    server: Server, pool: Pool, outputs: dict[str, str], client: Clients, tmp_path: Path
) -> None:
    configuration = (
        client("s3").get_object(Bucket=BUCKET, Key=f"{outputs['Folder']}/configuration.xml")["Body"].read()
    )
    lines = [{"source-ref": f"s3://{SHOWN}/images/{number:03}.png"} for number in range(3)]
    tasks = [proposed_task(number, line, str(9 - number), 0.9) for number, line in enumerate(lines)]
    client("s3").put_object(Bucket=BUCKET, Key="proposed/configuration.xml", Body=configuration)
    client("s3").put_object(Bucket=BUCKET, Key="proposed/tasks.json", Body=json.dumps(tasks).encode())
    answers = f"s3://{BUCKET}/answers-to-proposals"
    project = {"name": "proposed", "folder": f"s3://{BUCKET}/proposed", "annotations": answers, "images": SHOWN}
    server.start_again(LABELING_PROJECTS=json.dumps([json.loads(outputs["Project"]), project]))
    boss = pool.headers("boss@example.com", ["managers"])
    listed: dict[str, Any] = json.loads(server.ask("/api/projects", boss)[1])
    [made] = [each["id"] for each in listed["results"] if each["title"] == "proposed"]
    balancer = Balancer(server, pool, "cid@example.com", ["annotators"])
    picture = str(tmp_path / "page.png")
    given: dict[str, Any] = {
        "address": balancer.address,
        "project": made,
        "count": 3,
        "keys": {},
        "picture": picture,
    }
    command = ["node", str(WORKER), json.dumps(given)]
    worker = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=900)
    balancer.close()
    assert worker.returncode == 0, worker.stderr[-2000:]
    found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix="answers-to-proposals/").get("Contents", [])
    said: dict[int, str] = {}
    for each in found:
        stored = json.loads(client("s3").get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read())
        said[stored["task"]["data"]["number"]] = stored["result"][0]["value"]["choices"][0]
    assert said == {0: "9", 1: "8", 2: "7"}


def test_browsers_are_told_to_ask_nobody_else(server: Server, pool: Pool, emulator: RunningEmulator) -> None:
    request = urllib.request.Request(
        f"{server.address}/projects/", headers=pool.headers("a@example.com", ["managers"])
    )
    with urllib.request.urlopen(request) as answer:
        rules = answer.headers["content-security-policy"].split(";")
    named = {place for rule in rules for place in rule.split()[1:] if "://" in place or "." in place}
    assert named == {emulator.address}


def test_the_page_of_another_site_changes_nothing(server: Server, pool: Pool) -> None:
    boss = {**pool.headers("boss@example.com", ["managers"]), "content-type": "application/json"}
    body = b'{"title": "of another site"}'
    for foreign in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        assert server.ask("/api/projects", {**boss, **foreign}, method="POST", body=body)[0] == 403
    assert server.ask("/api/projects", {**boss, "origin": server.address}, method="POST", body=body)[0] == 201
