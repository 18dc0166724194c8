"""What a container takes from resourceconfig.json."""

import json
import subprocess
from pathlib import Path

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.containers.programs import program

READING = program("probes/resources.py")


def read(image: LocalImage, folder: Path) -> list[object]:
    done = subprocess.run(
        [image.python, "-c", READING, folder],
        env=process_environment(image, folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_hosts_are_in_the_order_of_their_numbers_and_groups_are_known(image: LocalImage, tmp_path: Path) -> None:
    groups = [
        {"instance_group_name": "first", "instance_type": "ml.m5.large", "hosts": ["algo-1", "algo-2"]},
        {"instance_group_name": "rest", "instance_type": "ml.g5.xlarge", "hosts": ["algo-10"]},
    ]
    described = {
        "hosts": ["algo-1", "algo-10", "algo-2"],
        "current_host": "algo-10",
        "network_interface_name": "eth0",
        "instance_groups": groups,
    }
    (tmp_path / "resourceconfig.json").write_text(json.dumps(described))
    interfaces = {"GLOO_SOCKET_IFNAME": "eth0", "NCCL_SOCKET_IFNAME": "eth0"}
    assert read(image, tmp_path) == [["algo-1", "algo-2", "algo-10"], 2, "rest", interfaces]


def test_a_process_without_the_file_is_alone(image: LocalImage, tmp_path: Path) -> None:
    assert read(image, tmp_path) == [["localhost"], 0, None, {}]
