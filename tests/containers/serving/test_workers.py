"""How many workers and threads there are: by CPUs and memory, never more threads than CPUs."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Server, Trained, process_environment
from harness.containers.programs import program

CPUS = len(os.sched_getaffinity(0))


def ready_line(server: Server) -> dict[str, object]:
    return next(line for line in map(json.loads, server.log.splitlines()) if line["message"] == "ready")


def evaluated(image: LocalImage, folder: Path, program: str, **environment: str) -> object:
    inherited = process_environment(image, folder)
    del inherited["OMP_NUM_THREADS"]
    done = subprocess.run(
        [image.python, "-c", program],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    return json.loads(done.stdout)


def test_there_is_a_worker_for_each_cpu_that_memory_allows(image: LocalImage, tmp_path: Path) -> None:
    program = "import json; from serving.multi_model.memory import workers_within as fit; M = 1024**2; "
    program += "print(json.dumps([fit(limit * M, model * M) for limit, model in "
    program += "((800, 50), (1600, 50), (3200, 50), (3200, 2400), (3200, 3300))]))"
    assert evaluated(image, tmp_path, program) == [1, 3, 6, 1, 1]


def test_short_memory_means_fewer_workers_and_a_wish_is_a_wish(
    start_server: Serve, trained: Trained, image: LocalImage
) -> None:
    short = start_server(trained.base, MODEL_SERVER_WORKERS="", MODEL_SERVER_MEMORY_MB="600")
    assert ready_line(short)["workers"] == 1
    ample = start_server(trained.base, MODEL_SERVER_WORKERS="", MODEL_SERVER_MEMORY_MB=str(600 * (CPUS + 1)))
    assert ready_line(ample)["workers"] == CPUS
    wished = start_server(trained.base, MODEL_SERVER_WORKERS="3", MODEL_SERVER_MEMORY_MB="600")
    assert ready_line(wished)["workers"] == 3


SHARES = program("probes/shared_cpus.py")


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({}, 1),
        ({"MODEL_SERVER_WORKERS": "1"}, CPUS),
        ({"MODEL_SERVER_WORKERS": str(CPUS)}, 1),
        ({"MODEL_SERVER_WORKERS": str(2 * CPUS)}, 1),
        ({"MODEL_SERVER_WORKERS": "1", "SAGEMAKER_MULTI_MODEL": "true"}, 1),
    ],
)
def test_workers_share_the_cpus_as_threads(
    image: LocalImage, tmp_path: Path, environment: dict[str, str], threads: int
) -> None:
    assert evaluated(image, tmp_path, SHARES, **environment) == [CPUS, [str(threads)]]


def test_what_is_set_stays(image: LocalImage, tmp_path: Path) -> None:
    assert evaluated(image, tmp_path, SHARES, OMP_NUM_THREADS="7") == [CPUS, ["1", "7"]]


LIBRARIES = program("probes/library_threads.py")


def test_the_libraries_keep_to_it(image: LocalImage, tmp_path: Path) -> None:
    assert evaluated(image, tmp_path, LIBRARIES) == [1]


def test_no_thread_of_a_worker_interrupts_another(start_server: Serve, trained: Trained) -> None:
    server = start_server(trained.base)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    threads = [int(task.name) for child in children for task in Path(f"/proc/{child}/task").iterdir()]
    assert len(threads) > 1
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_BATCH}
