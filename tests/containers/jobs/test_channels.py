"""Channels in every input mode, through a real training."""

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Train, process_environment
from harness.containers.programs import program

ROWS = [f"{number / 100},{number % 9},{'ab'[number > 50]}" for number in range(100)]
HEADER = "x,y,kind"


def describe(base: Path, **channels: object) -> None:
    folder = base / "input" / "config"
    folder.mkdir(parents=True)
    (folder / "inputdataconfig.json").write_text(json.dumps(channels))


def test_a_pipe_carries_all_files_after_each_other(train: Train, tmp_path: Path) -> None:
    base = tmp_path / "ml"
    describe(base, train={"TrainingInputMode": "Pipe", "RecordWrapperType": "None", "ContentType": "text/csv"})
    pipe = base / "input" / "data" / "train_0"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    files = ["\n".join([HEADER, *part, ""]) for part in (ROWS[:40], ROWS[40:])]
    writer = threading.Thread(target=lambda: pipe.write_text("".join(files)))
    writer.start()
    result = train({"label": "kind", "num_iterations": "5"})
    writer.join(300)
    assert result.exit_code == 0, result.output
    metrics = json.loads((result.base / "output" / "data" / "metrics.json").read_text())
    assert metrics["train:rows"] + metrics["validation:rows"] == 100


COUNTING = program("probes/counted_channel.py")


def test_a_fast_file_mount_is_listed_once_and_every_file_opened_once(image: LocalImage, tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    (channel / "deep").mkdir(parents=True)
    (channel / "a.csv").write_text("\n".join([HEADER, *ROWS[:40]]))
    (channel / "deep" / "b.csv").write_text("\n".join([HEADER, *ROWS[40:]]))
    done = subprocess.run(
        [image.python, "-c", COUNTING, channel],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed = [("os.scandir", "channel"), ("os.scandir", "deep")]
    expected = [(("open", "a.csv"), 1), (("open", "b.csv"), 1), *((each, 1) for each in listed)]
    assert done.stdout.strip() == str(expected)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"ContentType": "application/x-parquet"},
            "channel 'train' has content type application/x-parquet; this image reads text/csv",
        ),
        (
            {"RecordWrapperType": "RecordIO"},
            "channel 'train' wraps its records in RecordIO: send them as they are",
        ),
        ({"ContentType": "text/csv; header=present"}, None),
    ],
)
def test_what_cannot_be_read_is_refused(
    train: Train, tmp_path: Path, settings: dict[str, str], reason: str | None
) -> None:
    describe(tmp_path / "ml", train=settings)
    content = "\n".join([HEADER, *ROWS])
    result = train({"label": "kind", "num_iterations": "2"}, {"train": {"t.csv": content}})
    assert result.exit_code == (1 if reason else 0), result.output
    assert reason is None or result.failure == reason
