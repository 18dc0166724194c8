"""Lifecycles: what their scripts say, need and refuse; bash reads every line."""

import base64
import hashlib
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.workbench.scripts.stop_when_idle import PROGRAM

LIFECYCLE = "AWS::SageMaker::NotebookInstanceLifecycleConfig"


def _script(stack: Stack, *scripts: sm.LifecycleScript, phase: str = "OnStart") -> str:
    """The text of the one lifecycle, with ``<Name>`` for what a deployment fills in."""
    once = phase == "OnCreate"
    sm.NotebookLifecycle(stack, "Tools", on_start=() if once else scripts, on_create=scripts if once else ())
    [resource] = Template.from_stack(stack).find_resources(LIFECYCLE).values()
    [hook] = resource["Properties"][phase]
    text = _text(hook["Content"])
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return text


def _text(content: Any) -> str:
    if isinstance(content, str):
        return base64.b64decode(content).decode()
    parts: list[Any] = content["Fn::Base64"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{cast(Any, [*part.values()])[0]}>" for part in parts)


def test_scripts_run_in_order_and_end_at_the_first_failure(stack: Stack) -> None:
    text = _script(stack, sm.ShellScript("echo one"), sm.ShellScript("echo two"))
    assert text == ("#!/bin/bash\nset -euo pipefail\n# 1: ShellScript\necho one\n# 2: ShellScript\necho two\n")


def test_what_runs_once_is_apart(stack: Stack) -> None:
    assert "echo once" in _script(stack, sm.ShellScript("echo once"), phase="OnCreate")
    [resource] = Template.from_stack(stack).find_resources(LIFECYCLE).values()
    assert "OnStart" not in resource["Properties"]


def test_the_program_is_fetched_compared_and_run_by_a_timer(stack: Stack) -> None:
    text = _script(stack, sm.StopWhenIdle(after=Duration.minutes(45), busy_percent=12.5, dry_run=True))
    assert hashlib.sha256(PROGRAM.read_bytes()).hexdigest() in text
    assert "--after-minutes 45 --busy-percent 12.5 --dry-run\n" in text
    assert text.index("sha256sum --check") < text.index("systemctl start stop-when-idle.timer")


def test_what_only_looks_stops_nothing(stack: Stack) -> None:
    assert not sm.NotebookLifecycle(stack, "Dry", on_start=[sm.StopWhenIdle(dry_run=True)]).stops_when_idle
    assert sm.NotebookLifecycle(stack, "Real", on_start=[sm.StopWhenIdle()]).stops_when_idle


def test_long_work_goes_on_in_the_background(stack: Stack) -> None:
    text = _script(stack, sm.ShellScript("sleep 900", background="slow"))
    assert "cat > /usr/local/lib/workbench/slow.sh <<'END_OF_SCRIPT'\nsleep 900\nEND_OF_SCRIPT\n" in text
    assert "systemd-run --quiet --collect --unit=slow bash" in text


def test_a_bucket_is_read_only_unless_said(stack: Stack, bucket: s3.IBucket) -> None:
    text = _script(stack, sm.MountedBucket(bucket, "churn", prefix="data/churn"))
    assert "--prefix data/churn/ --read-only" in text
    assert "/home/ec2-user/SageMaker/churn" in text


def test_a_writable_bucket_brings_the_right(stack: Stack, bucket: s3.IBucket) -> None:
    tools = sm.NotebookLifecycle(stack, "Tools", on_start=[sm.MountedBucket(bucket, "all", writable=True)])
    assert "s3:PutObject" in str(tools.grants.document())
    assert "s3:DeleteObject" not in str(tools.grants.document())


def test_a_mirror_is_written_where_pip_and_conda_look(stack: Stack, tmp_path: Path) -> None:
    mirror = "https://packages.example.com/simple"
    text = _script(stack, sm.PackageMirror(mirror, conda_channel="https://packages.example.com/conda"))
    there = text.replace("/etc/pip.conf", f"{tmp_path}/pip.conf").replace("/home/ec2-user", str(tmp_path))
    subprocess.run(["bash"], input=there.replace("chown ec2-user:ec2-user", "true"), text=True, check=True)
    assert (tmp_path / "pip.conf").read_text() == f"[global]\nindex-url = {mirror}\n"
    assert (tmp_path / ".condarc").read_text() == (
        'channels: ["https://packages.example.com/conda"]\ndefault_channels: ["https://packages.example.com/conda"]\n'
    )


def test_a_kernel_has_the_packages_of_an_image(stack: Stack) -> None:
    text = _script(stack, sm.NotebookKernel("tabular", lock="containers/tabular"))
    lock = Path("containers/tabular/requirements.txt").read_bytes()
    assert f"echo '{hashlib.sha256(lock).hexdigest()}  /usr/local/lib/workbench/tabular.txt'" in text
    assert "pip install --require-hashes --only-binary=:all: -r /usr/local/lib/workbench/tabular.txt" in text
    assert "systemd-run --quiet --collect --unit=kernel-tabular" in text


def test_the_versions_of_a_lock_bind_what_a_kernel_needs_beside_it(stack: Stack, tmp_path: Path) -> None:
    text = _script(stack, sm.NotebookKernel("tabular", lock="containers/tabular"))
    [line] = [line.strip() for line in text.splitlines() if line.strip().startswith("sed ")]
    lock = tmp_path / "lock.txt"
    lock.write_bytes(Path("containers/tabular/requirements.txt").read_bytes())
    subprocess.run(["bash", "-c", line.replace("/usr/local/lib/workbench/tabular.txt", str(lock))], check=True)
    bound = (tmp_path / "lock.txt.versions").read_text().splitlines()
    assert len(bound) == lock.read_text().count("==")
    assert all("==" in each and "hash" not in each and " " not in each for each in bound)


def test_one_file_is_fetched_by_one_asset(stack: Stack) -> None:
    text = _script(stack, sm.StopWhenIdle(), sm.StopWhenIdle(dry_run=True))
    [url] = {line.split()[4] for line in text.splitlines() if line.startswith("aws s3 cp")}
    assert url.startswith("'s3://")


def test_scripts_that_are_too_long_together_are_refused_with_the_length_of_each(stack: Stack) -> None:
    just = sm.ShellScript("#" * (12_288 - len("#!/bin/bash\nset -euo pipefail\n# 1: ShellScript\n\n")))
    sm.NotebookLifecycle(stack, "Just", on_start=[just])
    with pytest.raises(InvalidInput, match=r"at most 16384 characters in base64, got: 16[0-9]{3}, of which 1: Shell"):
        sm.NotebookLifecycle(stack, "Over", on_start=[sm.ShellScript(f"{just.lines}##")])


def test_a_name_that_a_deployment_fills_in_counts_as_the_longest(stack: Stack, bucket: s3.IBucket) -> None:
    room = 12_288 - len("#!/bin/bash\nset -euo pipefail\n# 1: ShellScript\n\n")
    with pytest.raises(InvalidInput, match="at most 16384 characters"):
        sm.NotebookLifecycle(stack, "Over", on_start=[sm.ShellScript("#" * (room - 62) + bucket.bucket_name)])
    sm.NotebookLifecycle(stack, "Just", on_start=[sm.ShellScript("#" * (room - 63) + bucket.bucket_name)])


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            sm.StopWhenIdle(after=Duration.minutes(4)),
            r"on_start\[0\].after in seconds must be between 300 and 604800",
        ),
        (sm.StopWhenIdle(busy_percent=0), r"on_start\[0\].busy_percent must be between 1 and 100, got: 0"),
        (sm.PackageMirror("https://me:secret@example.com/"), "pip_index must be an https address without a name"),
        (sm.PackageMirror("https://example.com/'; rm -rf /"), "pip_index must be an https address"),
        (sm.NotebookKernel("Tabular", lock="containers/tabular"), r"name must be at most 50 lower-case letters"),
        (sm.NotebookKernel("tabular", lock="containers/none"), "lock must be a lock, or a folder with"),
        (sm.NotebookKernel("tabular", lock="README.md"), "lock must have a hash for each package"),
        (sm.ShellScript(" "), "lines must not be empty"),
        (sm.ShellScript("echo\nEND_OF_SCRIPT", background="x"), "lines must not have a line END_OF_SCRIPT"),
        (sm.ShellScript("echo", background="No Service"), "background must be lower-case letters, digits and -"),
    ],
)
def test_what_cannot_work_is_refused(stack: Stack, script: sm.LifecycleScript, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        sm.NotebookLifecycle(stack, "Tools", on_start=[script])


@pytest.mark.parametrize(("folder", "prefix"), [("../up", ""), ("a b", ""), ("data", "/first"), ("data", "a b")])
def test_places_that_the_shell_would_read_otherwise_are_refused(
    stack: Stack, bucket: s3.IBucket, folder: str, prefix: str
) -> None:
    with pytest.raises(InvalidInput, match=r"on_start\[0\]"):
        sm.NotebookLifecycle(stack, "Tools", on_start=[sm.MountedBucket(bucket, folder, prefix=prefix)])
