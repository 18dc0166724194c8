"""`python -m tabular serve` with SAGEMAKER_MULTI_MODEL: models that come and go, over HTTP."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Answer, Serve, Server, Train, Trained, process_environment
from harness.containers.programs import program

Rows = list[tuple[str, str]]
Publish = Callable[[str], str]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path


@pytest.fixture
def publish(base: Path, trained: Trained) -> Publish:
    """Lay a model's files where SageMaker unpacks them; returns the URL for the load request."""

    def place(name: str) -> str:
        folder = base / "models" / name / "model"
        shutil.copytree(trained.base / "model", folder)
        return str(folder)

    return place


@pytest.fixture
def many(start_server: Serve, base: Path) -> Server:
    return start_server(base, SAGEMAKER_MULTI_MODEL="true")


def load(server: Server, name: str, url: str) -> Answer:
    return server.request("POST", "/models", json.dumps({"model_name": name, "url": url}))


def invoke(server: Server, name: str, row: str) -> Answer:
    return server.request("POST", f"/models/{name}/invoke", row, {"content-type": "text/csv"})


def worker(server: Server) -> int:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return next(int(pid) for pid in children if "serve" in Path(f"/proc/{pid}/cmdline").read_text())


def resident_megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def test_a_model_comes_answers_and_goes(many: Server, publish: Publish, server: Server, held_out: Rows) -> None:
    row = held_out[0][1]
    assert invoke(many, "churn", row).status == 404
    url = publish("churn")
    assert load(many, "churn", url).status == 200
    assert load(many, "churn", url).status == 409
    assert invoke(many, "churn", row).body == server.invoke(row).body
    described = many.request("GET", "/models/churn")
    assert json.loads(described.body) == {"modelName": "churn", "modelUrl": url}
    assert many.request("DELETE", "/models/churn").status == 200
    for answer in (
        many.request("DELETE", "/models/churn"),
        many.request("GET", "/models/churn"),
        invoke(many, "churn", row),
    ):
        assert (answer.status, answer.body) == (404, "model 'churn' is not loaded\n")
    assert load(many, "churn", url).status == 200


def test_the_list_comes_in_pages(many: Server, publish: Publish) -> None:
    names = [f"model-{index}" for index in range(5)]
    for name in names:
        assert load(many, name, publish(name)).status == 200
    listed: list[str] = []
    token, pages = "0", 0
    while token:
        page = json.loads(many.request("GET", f"/models?limit=2&next_page_token={token}").body)
        listed += [model["modelName"] for model in page["models"]]
        token, pages = page.get("nextPageToken", ""), pages + 1
    assert (listed, pages) == (names, 3)
    assert len(json.loads(many.request("GET", "/models").body)["models"]) == 5
    assert many.request("GET", "/models?limit=none").status == 400


def test_loading_one_model_at_the_same_time_happens_once(many: Server, publish: Publish) -> None:
    url = publish("popular")
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(load, many, "popular", url) for _ in range(8)]
        statuses = sorted(each.result().status for each in waiting)
    assert statuses == [200] + [409] * 7
    assert many.log.count('"model loaded"') == 1


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"model_name": "", "url": "/x"}', '{"model_name": 1, "url": "/x"}']
)
def test_a_bad_load_request_is_refused(many: Server, body: str) -> None:
    answer = many.request("POST", "/models", body)
    assert (answer.status, answer.body) == (400, 'send {"model_name": "…", "url": "…"} as JSON\n')


def test_a_broken_archive_is_refused_and_its_neighbour_stays(many: Server, publish: Publish, held_out: Rows) -> None:
    assert load(many, "good", publish("good")).status == 200
    broken = Path(publish("broken"))
    (broken / "model.txt").write_text("no trees\n")
    answer = load(many, "broken", str(broken))
    assert answer.status == 400
    assert "model.txt is damaged" in answer.body
    assert invoke(many, "broken", held_out[0][1]).status == 404
    assert invoke(many, "good", held_out[0][1]).status == 200


def test_a_model_outside_its_folder_is_refused(many: Server, publish: Publish, trained: Trained) -> None:
    answer = load(many, "elsewhere", str(trained.base / "model"))
    assert answer.status == 400
    assert "must be below" in answer.body
    escaping = Path(publish("escaping"))
    (escaping / "model.txt").unlink()
    (escaping / "model.txt").symlink_to(trained.base / "model" / "model.txt")
    answer = load(many, "escaping", str(escaping))
    assert (answer.status, answer.body) == (400, "the model's archive leaves its folder through 'model.txt'\n")
    assert load(many, "nowhere", str(escaping.parent / "none")).status == 400


def test_a_failing_request_touches_neither_neighbour_nor_model(
    many: Server, publish: Publish, held_out: Rows
) -> None:
    for name in ("one", "two"):
        load(many, name, publish(name))
    assert invoke(many, "one", "not,numbers").status == 400
    assert {invoke(many, name, held_out[0][1]).status for name in ("one", "two")} == {200}


def test_a_crash_loses_no_model(many: Server, publish: Publish, held_out: Rows) -> None:
    for name in ("one", "two", "gone"):
        load(many, name, publish(name))
    many.request("DELETE", "/models/gone")
    os.kill(worker(many), signal.SIGKILL)
    many.wait_until_ready()
    assert [model["modelName"] for model in json.loads(many.request("GET", "/models").body)["models"]] == [
        "one",
        "two",
    ]
    assert {invoke(many, name, held_out[0][1]).status for name in ("one", "two")} == {200}
    assert invoke(many, "gone", held_out[0][1]).status == 404


def test_no_memory_is_507_until_a_model_makes_room(
    start_server: Serve, base: Path, train: Train, held_out: Rows
) -> None:
    # Trees of some megabytes, so that one fits below the limit and two do not.
    rows = "\n".join(f"{index % 997}.{index},{index * 7919 % 10007},{index % 2}" for index in range(4000))
    settings = {"label": "y", "num_iterations": "1500", "num_leaves": "63", "min_data_in_leaf": "1"}
    large = train(settings, {"train": {"t.csv": f"a,b,y\n{rows}\n"}}, "large").base / "model"
    for name in ("first", "second"):
        shutil.copytree(large, base / "models" / name)
    first, second = (str(base / "models" / name) for name in ("first", "second"))
    measuring = start_server(base, SAGEMAKER_MULTI_MODEL="true")
    load(measuring, "first", first)
    one_loaded = resident_megabytes(worker(measuring))
    measuring.request("DELETE", "/models/first")
    empty = resident_megabytes(worker(measuring))
    load(measuring, "first", first)
    full = resident_megabytes(worker(measuring))
    assert measuring.request("DELETE", "/models/first").status == 200
    given_back = resident_megabytes(worker(measuring))
    assert given_back - empty < (full - empty) / 3

    size = sum(path.stat().st_size for path in large.iterdir()) / 1024**2
    limit = str(int(one_loaded + 0.8 * size))
    server = start_server(base, SAGEMAKER_MULTI_MODEL="true", MODEL_SERVER_MEMORY_MB=limit)
    assert load(server, "first", first).status == 200
    refused = load(server, "second", second)
    assert refused.status == 507
    assert "no memory for model 'second'" in refused.body
    assert invoke(server, "first", "1,2").status == 200
    assert server.request("DELETE", "/models/first").status == 200
    assert load(server, "second", second).status == 200


def test_a_thousand_small_models_fit_into_a_gigabyte(many: Server, base: Path, train: Train, held_out: Rows) -> None:
    small = train({"dataset": "breast-cancer", "num_iterations": "3"}, folder="small").base / "model"
    url = str(shutil.copytree(small, base / "models" / "small"))
    for index in range(1000):
        assert load(many, f"model-{index}", url).status == 200
    assert resident_megabytes(worker(many)) < 1024
    answers = {invoke(many, f"model-{index}", held_out[0][1]).body for index in range(0, 1000, 50)}
    assert len(answers) == 1


UNKNOWN_NAMES = program("probes/unknown_names.py")


def test_names_that_nobody_loaded_leave_nothing_behind(image: LocalImage, tmp_path: Path) -> None:
    done = subprocess.run(
        [image.python, "-c", UNKNOWN_NAMES],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    assert int(done.stdout) < 100_000


@pytest.mark.parametrize(("method", "path"), [("PUT", "/models"), ("POST", "/models/x"), ("GET", "/models/x/invoke")])
def test_other_methods_are_refused(many: Server, method: str, path: str) -> None:
    answer = many.request(method, path)
    assert answer.status == 405
    assert method not in answer.headers["allow"]


def test_other_paths_are_refused(many: Server) -> None:
    assert many.request("POST", "/invocations", "1").status == 404
    assert many.request("GET", "/ping").status == 200
