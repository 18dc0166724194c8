"""Training in several processes: two machines are two real processes with folders and addresses of their own."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.container import free_port
from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment

HOSTS = ("127.0.0.1", "127.0.0.2")


def rows(last: str = "0.5,a") -> str:
    """A CSV whose label follows from its first column."""
    source = random.Random(3)
    lines = [f"{x:.4f},{source.random():.4f},{'ab'[x > 0.5]}" for x in (source.random() for _ in range(240))]
    return "\n".join(["x,y,kind", *lines, f"0.1,{last}", ""])


@dataclass(frozen=True)
class Machine:
    base: Path
    process: "subprocess.Popen[str]"

    def end(self, seconds: float = 900) -> str:
        """What it printed, once it has ended."""
        output, _ = self.process.communicate(timeout=seconds)
        return output

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()


def start(
    image: LocalImage, folder: Path, hyperparameters: Mapping[str, object], files: Sequence[str]
) -> list[Machine]:
    """Start one training on as many machines as there are contents of the train channel."""
    port = free_port()
    hosts = HOSTS[: len(files)]
    machines: list[Machine] = []
    for host, content in zip(hosts, files, strict=True):
        base = folder / host
        described = {
            "hyperparameters": {"label": "kind", "seed": "5", **hyperparameters},
            "resourceconfig": {"hosts": hosts, "current_host": host, "network_interface_name": "lo"},
        }
        (base / "input" / "config").mkdir(parents=True, exist_ok=True)
        for name, document in described.items():
            (base / "input" / "config" / f"{name}.json").write_text(json.dumps(document))
        (base / "input" / "data" / "train").mkdir(parents=True, exist_ok=True)
        (base / "input" / "data" / "train" / "rows.csv").write_text(content)
        (base / "checkpoints").mkdir(exist_ok=True)
        process = subprocess.Popen(
            image.command_line(["train"]),
            env={**process_environment(image, base), "MASTER_PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        machines.append(Machine(base, process))
    return machines


def test_two_machines_train_one_model_and_go_on_after_an_interruption(
    pytorch_image: LocalImage, tmp_path: Path
) -> None:
    settings = {"epochs": "4000", "checkpoint_epochs": "2", "batch_size": "128"}
    interrupted = start(pytorch_image, tmp_path, settings, [rows(), rows()])
    first, second = interrupted
    end = time.monotonic() + 300
    while not (first.base / "checkpoints" / "checkpoint.json").exists() and time.monotonic() < end:
        time.sleep(0.05)
    # SageMaker tells every machine; that one is enough shows that they agree.
    second.process.send_signal(signal.SIGTERM)
    said = first.end()
    second.end()
    assert [machine.process.returncode for machine in interrupted] == [0, 0], said
    assert "stopped by SIGTERM after " in said
    assert (first.base / "model" / "model.safetensors").is_file()
    reached = json.loads((first.base / "checkpoints" / "checkpoint.json").read_text())["rounds"]

    settings["epochs"] = str(reached + 30)
    first, second = start(pytorch_image, tmp_path, settings, [rows(), rows()])
    said = first.end()
    second.end()
    assert (first.process.returncode, second.process.returncode) == (0, 0), said
    assert f"resumed after {reached} of {reached + 30} epochs" in said
    metrics = json.loads((first.base / "output" / "data" / "metrics.json").read_text())
    assert (metrics["processes"], metrics["epochs"]) == (2, reached + 30)
    assert metrics["validation:accuracy"] > 0.9
    # Only the first process writes.
    assert not (second.base / "model").exists()
    assert list((second.base / "checkpoints").iterdir()) == []


def test_the_reason_of_the_failed_machine_is_the_reason_of_all(pytorch_image: LocalImage, tmp_path: Path) -> None:
    machines = start(pytorch_image, tmp_path, {"epochs": "2"}, [rows(), rows(last="ten,a")])
    said = [machine.end() for machine in machines]
    assert [machine.process.returncode for machine in machines] == [1, 1], said
    reason = "rows.csv row 242, column 'y': 'ten' is not a number (on 127.0.0.2)"
    assert [machine.failure for machine in machines] == [reason, reason]


def test_a_killed_process_ends_the_training_of_its_machine(pytorch_image: LocalImage, tmp_path: Path) -> None:
    settings = {"epochs": "9000", "processes_per_host": "2", "checkpoint_epochs": "1"}
    [machine] = start(pytorch_image, tmp_path, settings, [rows()])
    end = time.monotonic() + 300
    while not (machine.base / "checkpoints" / "checkpoint.json").exists() and time.monotonic() < end:
        time.sleep(0.05)
    children = Path(f"/proc/{machine.process.pid}/task/{machine.process.pid}/children").read_text().split()
    workers = [pid for pid in children if b"pytorch.processes.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(workers) == 2
    subprocess.run(["kill", "-KILL", workers[1]], check=True)
    said = machine.end()
    assert machine.process.returncode == 1, said
    assert "Signal 9 (SIGKILL)" in machine.failure


def test_rows_that_are_split_between_machines_are_refused(pytorch_image: LocalImage, tmp_path: Path) -> None:
    described = {"train": {"S3DistributionType": "ShardedByS3Key", "TrainingInputMode": "File"}}
    (tmp_path / HOSTS[0] / "input" / "config").mkdir(parents=True)
    (tmp_path / HOSTS[0] / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(described))
    machine, other = start(pytorch_image, tmp_path, {}, [rows(), rows()])
    machine.end()
    other.process.kill()
    other.end()
    assert (
        machine.failure == "every machine needs all rows: give channel train as FullyReplicated, not ShardedByS3Key"
    )
