"""`process`: scripts of the user's, as real processes."""

import signal
import subprocess
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.containers.processing import CODE, Process, write


def test_the_only_script_of_the_code_input_is_run(process: Process) -> None:
    script = "import sys; from jobs.paths import SageMakerPaths; print('ran', sys.argv[1:])\n"
    result = process(files={f"{CODE}/mine.py": script})
    assert (result.exit_code, result.output) == (0, "ran []\n")
    assert not (result.base / "output" / "message").exists()


def test_a_named_script_gets_its_arguments(process: Process) -> None:
    files = {f"{CODE}/{name}.py": f"import sys; print('{name}', sys.argv[1:])\n" for name in ("one", "two")}
    result = process("/opt/ml/processing/input/code/two.py", "--rows", "5", files=files)
    assert (result.exit_code, result.output) == (0, "two ['--rows', '5']\n")


def test_the_exit_code_decides_and_the_last_line_says_why(process: Process) -> None:
    failing = process(files={f"{CODE}/mine.py": "raise ValueError('no rows of ' + 'ä' * 2000)\n"})
    assert failing.exit_code == 1
    assert "Traceback" in failing.output
    assert failing.message.startswith("mine.py ended with exit code 1: ValueError: no rows of ää")
    assert 1000 < len(failing.message.encode()) <= 1024


def test_a_script_that_tells_its_own_reason_is_believed(process: Process) -> None:
    told = "import os, pathlib; path = pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'], 'output'); path.mkdir()\n"
    told += "(path / 'message').write_text('mine'); raise SystemExit(7)\n"
    result = process(files={f"{CODE}/mine.py": told})
    assert (result.exit_code, result.message) == (7, "mine")


def test_links_in_outputs_are_refused(process: Process) -> None:
    outputs = [{"OutputName": "report", "S3Output": {"LocalPath": "/opt/ml/processing/report"}}]
    linking = "import os, pathlib; base = pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'])\n"
    linking += "folder = base / 'processing/report/deep'; folder.mkdir(parents=True)\n"
    linking += "(folder / 'a.csv').symlink_to('/etc/hostname')\n"
    job = {"ProcessingOutputConfig": {"Outputs": outputs}}
    result = process(files={f"{CODE}/mine.py": linking}, processingjobconfig=job)
    assert result.exit_code == 1
    assert result.message == "output 'report' holds a symbolic link, which is not uploaded: deep/a.csv"


def test_sigterm_reaches_the_script(image: LocalImage, tmp_path: Path) -> None:
    write(
        tmp_path / CODE / "mine.py",
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "print('ready', flush=True)\n"
        "while True:\n    time.sleep(0.05)\n",
    )
    with subprocess.Popen(
        image.command_line(["process"]),
        env=process_environment(image, tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(300) == 3


@pytest.mark.parametrize(
    ("arguments", "files", "reason"),
    [
        ([], {}, "there is no input 'code'"),
        (
            [],
            {f"{CODE}/a.py": "", f"{CODE}/b.py": ""},
            "give exactly one .py file as input 'code'; found: a.py, b.py",
        ),
        (["clean"], {}, "'clean' is neither a .py file nor one of preprocess, evaluate, drift"),
        (["none.py"], {f"{CODE}/a.py": ""}, "there is no script none.py"),
        (["preprocess"], {}, "preprocess: the following arguments are required: --label"),
        (["preprocess", "--label", "y"], {}, "there is no input 'data'"),
        (["preprocess", "--label", "z"], {"processing/input/data/t.csv": "x,y\n1,2\n"}, "no column 'z'"),
        (["evaluate"], {}, "there is no input 'model'"),
        (["evaluate"], {"processing/input/model/model.json": "{}"}, "the model cannot be loaded: no model.txt in"),
        (["evaluate"], {"processing/input/model/model.tar.gz": "x"}, "model.tar.gz cannot be unpacked"),
        (["drift", "--label", "y", "--bins", "1"], {}, "--bins must be at least 2"),
    ],
)
def test_mistakes_are_one_line(process: Process, arguments: list[str], files: dict[str, str], reason: str) -> None:
    result = process(*arguments, files=files)
    assert result.exit_code == 1
    assert reason in result.message
    assert "Traceback" not in result.output
    assert "\n" not in result.message


def test_scripts_that_look_at_all_rows_run_on_one_machine(process: Process) -> None:
    resources = {"hosts": ["algo-1", "algo-2"], "current_host": "algo-2"}
    result = process("drift", "--label", "y", resourceconfig=resources)
    assert result.message == "drift looks at all rows together: run it on one instance, not 2"


def test_a_description_that_is_no_json_is_refused(process: Process) -> None:
    result = process("evaluate", files={"config/processingjobconfig.json": "{"})
    assert result.exit_code == 1
    assert result.message.startswith("processingjobconfig.json is not JSON")
