"""Notebook instances: scripts run on a machine of their own, a Jupyter server answers, and what fails says so."""

import json
import os
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import RunningEmulator, start
from harness.aws_clients import ROLE, Clients, clients_of, kill, refused, saved, wait_for

GROUP = "/aws/sagemaker/NotebookInstances"
IDLE = Path("constructs/sagemaker_constructs/workbench/on_instance/stop_when_idle.py")


def _lifecycle(client: Clients, name: str, **hooks: str) -> str:
    given = {hook: [{"Content": b64encode(text.encode()).decode()}] for hook, text in hooks.items()}
    client("sagemaker").create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name, **given)
    return name


def _begin(client: Clients, name: str, more: Mapping[str, Any] | None = None, /, **hooks: str) -> None:
    lifecycle = {"LifecycleConfigName": _lifecycle(client, name, **hooks)} if hooks else {}
    client("sagemaker").create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE, **lifecycle, **(more or {})
    )


def _settled(client: Clients, name: str) -> dict[str, Any]:
    return wait_for(
        lambda: client("sagemaker").describe_notebook_instance(NotebookInstanceName=name),
        lambda told: told["NotebookInstanceStatus"] not in ("Pending", "Stopping"),
    )


def _started(client: Clients, name: str, **hooks: str) -> None:
    _begin(client, name, **hooks)
    told = _settled(client, name)
    assert told["NotebookInstanceStatus"] == "InService", (told.get("FailureReason"), _log(client, name, "OnStart"))


def _log(client: Clients, name: str, hook: str) -> list[str]:
    logs = client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        # The first line makes it, half a second after it was written.
        return []
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    stream = f"{name}/LifecycleConfig{hook}"
    if stream not in [each["logStreamName"] for each in streams]:
        return []
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)["events"]
    return [each["message"] for each in events]


def _said(client: Clients, name: str, hook: str, done: Callable[[list[str]], bool]) -> list[str]:
    return wait_for(lambda: _log(client, name, hook), done)


class Server:
    """The server of an instance, as its presigned URL opens it."""

    def __init__(self, client: Clients, name: str) -> None:
        url = client("sagemaker").create_presigned_notebook_instance_url(NotebookInstanceName=name)["AuthorizedUrl"]
        self.url, _, self.token = url.partition("/?token=")

    def get(self, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/{path}", headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: object) -> Any:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    @property
    def answers(self) -> bool:
        try:
            return bool(self.get("api/status"))
        except OSError:
            return False


def test_scripts_run_as_root_of_a_machine_of_their_own(client: Clients, emulator: RunningEmulator) -> None:
    script = """\
#!/bin/bash
set -euo pipefail
echo "$(id -un) in $PWD with $PATH"
echo mirrored > /etc/pip.conf
mkdir -p /usr/local/lib/workbench
install --directory --owner=ec2-user --group=ec2-user /home/ec2-user/SageMaker/shared
echo kept > /home/ec2-user/SageMaker/shared/note.txt
sudo -u ec2-user bash -c 'echo "$HOME"'
python3 -c 'import json; print(json.load(open("/opt/ml/metadata/resource-metadata.json"))["ResourceName"])'
"""
    before = Path("/etc/pip.conf").exists()
    _started(client, "own-machine", OnStart=script)
    said = _said(client, "own-machine", "OnStart", lambda lines: len(lines) >= 3)
    assert said == ["root in / with /sbin:/bin:/usr/sbin:/usr/bin", "/home/ec2-user", "own-machine"]
    assert Path("/etc/pip.conf").exists() is before
    [found] = Server(client, "own-machine").get("api/contents/shared")["content"]
    assert found["name"] == "note.txt"
    assert list((emulator.state / "notebooks").rglob("volume/shared/note.txt"))


def _git(*arguments: str) -> None:
    known = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    for who in ("AUTHOR", "COMMITTER"):
        known |= {f"GIT_{who}_NAME": "Somebody", f"GIT_{who}_EMAIL": "somebody@example.com"}
    subprocess.run(["git", *arguments], check=True, env=known, capture_output=True)


def _published(emulator: RunningEmulator, name: str, folder: Path) -> str:
    """A repository with a branch `lessons`; returns its URL."""
    source = folder / name
    _git("init", "--quiet", "--initial-branch", "main", str(source))
    for branch in ("main", "lessons"):
        if branch != "main":
            _git("-C", str(source), "switch", "--quiet", "--create", branch)
        (source / f"{branch}.txt").write_text(name)
        _git("-C", str(source), "add", "--all")
        _git("-C", str(source), "commit", "--quiet", "--message", branch)
    _git("-C", str(source), "switch", "--quiet", "main")
    _git("clone", "--quiet", "--bare", str(source), str(emulator.state / "git" / "example.com" / f"{name}.git"))
    return f"https://example.com/{name}.git"


def test_its_repositories_are_on_its_volume_when_scripts_run(
    client: Clients, emulator: RunningEmulator, tmp_path: Path
) -> None:
    first, second = (_published(emulator, name, tmp_path) for name in ("models", "courses"))
    config = {"RepositoryUrl": second, "Branch": "lessons"}
    client("sagemaker").create_code_repository(CodeRepositoryName="courses", GitConfig=config)
    named = {"DefaultCodeRepository": first, "AdditionalCodeRepositories": ["courses"]}
    script = """\
#!/bin/bash
cd /home/ec2-user/SageMaker
cat models/main.txt <(echo) courses/lessons.txt <(echo)
git -C courses status --branch --short
git -C models remote get-url origin
date > models/main.txt
"""
    _begin(client, "cloned", named, OnStart=script)
    assert _settled(client, "cloned")["NotebookInstanceStatus"] == "InService"
    said = _said(client, "cloned", "OnStart", lambda lines: len(lines) >= 4)
    assert said == ["models", "courses", "## lessons...origin/lessons", first]
    client("sagemaker").stop_notebook_instance(NotebookInstanceName="cloned")
    client("sagemaker").start_notebook_instance(NotebookInstanceName="cloned")
    assert _settled(client, "cloned")["NotebookInstanceStatus"] == "InService"
    [changed] = (emulator.state / "notebooks").rglob("volume/models/main.txt")
    assert changed.read_text() != "models"


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("no-host", "https://elsewhere.example/x.git", "the emulator asks no other host"),
        ("no-branch", "branched", "Remote branch nowhere not found"),
    ],
)
def test_a_repository_that_cannot_be_cloned_fails_the_instance(
    name: str, given: str, reason: str, client: Clients, emulator: RunningEmulator, tmp_path: Path
) -> None:
    if given == "branched":
        config = {"RepositoryUrl": _published(emulator, "branched", tmp_path), "Branch": "nowhere"}
        client("sagemaker").create_code_repository(CodeRepositoryName=given, GitConfig=config)
    _begin(client, name, {"DefaultCodeRepository": given})
    told = _settled(client, name)
    assert (told["NotebookInstanceStatus"], reason in told["FailureReason"]) == ("Failed", True), told


def test_it_is_opened_by_its_url_and_kernels_run(client: Clients) -> None:
    _started(client, "opened")
    server = Server(client, "opened")
    with urllib.request.urlopen(f"{server.url}/?token={server.token}", timeout=60) as page:
        assert page.status == 200
    kernel = server.post("api/kernels", {"name": "python3"})
    wait_for(lambda: server.get(f"api/kernels/{kernel['id']}")["execution_state"], lambda it: it != "dead")
    client("sagemaker").stop_notebook_instance(NotebookInstanceName="opened")
    assert _settled(client, "opened")["NotebookInstanceStatus"] == "Stopped"
    assert not server.answers
    code, message = refused(client("sagemaker").create_presigned_notebook_instance_url, NotebookInstanceName="opened")
    assert (code, "is Stopped" in message) == ("ValidationException", True)


def test_what_is_made_once_is_made_once_and_only_the_volume_stays(client: Clients) -> None:
    note = "/home/ec2-user/SageMaker/note.txt"
    _started(
        client,
        "twice",
        OnCreate=f"#!/bin/bash\necho created >> {note}\necho gone > /var/lib/gone.txt\n",
        OnStart=f"#!/bin/bash\necho started >> {note}\ncat {note}\nls /var/lib\n",
    )
    sagemaker = client("sagemaker")
    sagemaker.stop_notebook_instance(NotebookInstanceName="twice")
    sagemaker.start_notebook_instance(NotebookInstanceName="twice")
    assert _settled(client, "twice")["NotebookInstanceStatus"] == "InService"
    said = _said(client, "twice", "OnStart", lambda lines: len(lines) >= 6)
    assert said == ["created", "started", "gone.txt", "created", "started", "started"]


def test_a_script_that_fails_fails_the_instance_in_the_words_of_sagemaker(client: Clients) -> None:
    _begin(client, "failing", OnStart="#!/bin/bash\nset -e\necho before\ndnf install --assumeyes mount-s3\n")
    told = _settled(client, "failing")
    arn = "arn:aws:sagemaker:us-east-1:123456789012"
    assert told["NotebookInstanceStatus"] == "Failed"
    assert told["FailureReason"] == (
        f"Notebook Instance Lifecycle Config '{arn}:notebook-instance-lifecycle-config/failing' for Notebook "
        f"Instance '{arn}:notebook-instance/failing' took longer than 5 minutes. Please check your CloudWatch logs "
        "for more details if your Notebook Instance has Internet access."
    )
    said = _said(client, "failing", "OnStart", lambda lines: len(lines) >= 2)
    assert said[0] == "before"
    assert said[1].startswith("dnf: a notebook instance of the embedded AWS installs no packages")
    # What was wrong is put right, and it starts.
    sagemaker = client("sagemaker")
    right = b64encode(b"#!/bin/bash\necho right\n").decode()
    sagemaker.update_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName="failing", OnStart=[{"Content": right}]
    )
    sagemaker.start_notebook_instance(NotebookInstanceName="failing")
    told = _settled(client, "failing")
    assert (told["NotebookInstanceStatus"], told.get("FailureReason")) == ("InService", None)


def test_a_script_without_its_first_line_or_with_that_of_windows_does_not_run(client: Clients) -> None:
    _begin(client, "windows", OnStart="#!/bin/bash\r\necho hello\r\n")
    assert _settled(client, "windows")["NotebookInstanceStatus"] == "Failed"


def test_states_are_those_of_sagemaker(client: Clients) -> None:
    _started(client, "stateful")
    sagemaker = client("sagemaker")
    code, message = refused(sagemaker.start_notebook_instance, NotebookInstanceName="stateful")
    assert (code, "Status (InService) not in ([Stopped, Failed])" in message) == ("ValidationException", True)
    assert refused(sagemaker.delete_notebook_instance, NotebookInstanceName="stateful")[0] == "ValidationException"
    sagemaker.stop_notebook_instance(NotebookInstanceName="stateful")
    code, message = refused(sagemaker.stop_notebook_instance, NotebookInstanceName="stateful")
    assert (code, "Status (Stopped) not in ([InService])" in message) == ("ValidationException", True)
    sagemaker.delete_notebook_instance(NotebookInstanceName="stateful")


def test_objects_are_files_and_stay_those_of_the_bucket(client: Clients) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="shown")
    s3.put_object(Bucket="shown", Key="churn/a.csv", Body=b"1,2\n")
    script = """\
#!/bin/bash
set -euo pipefail
command -v mount-s3 > /dev/null || dnf install --assumeyes --quiet mount-s3
install --directory --owner=ec2-user --group=ec2-user /home/ec2-user/SageMaker/data
mount-s3 shown /home/ec2-user/SageMaker/data --allow-other --uid "$(id -u ec2-user)" --gid "$(id -g ec2-user)" \
  --region us-east-1 --prefix churn/ --read-only
cat /home/ec2-user/SageMaker/data/a.csv
aws s3 cp --only-show-errors s3://shown/churn/a.csv /tmp/a.csv
aws sagemaker list-notebook-instances --name-contains mounted > /tmp/told.json
grep -c '"NotebookInstanceName": "mounted"' /tmp/told.json
"""
    _started(client, "mounted", OnStart=script)
    assert _said(client, "mounted", "OnStart", lambda lines: len(lines) >= 2) == ["1,2", "1"]
    s3.put_object(Bucket="shown", Key="churn/b/new.csv", Body=b"3,4\n")
    s3.delete_object(Bucket="shown", Key="churn/a.csv")
    server = Server(client, "mounted")
    names = wait_for(
        lambda: [each["name"] for each in server.get("api/contents/data")["content"]], lambda found: found == ["b"]
    )
    assert names == ["b"]


def test_a_timer_runs_and_the_idle_program_stops_the_instance(client: Clients) -> None:
    """The units of `StopWhenIdle`, which look every second and not every two minutes."""
    s3 = client("s3")
    s3.create_bucket(Bucket="programs")
    s3.put_object(Bucket="programs", Key="stop_when_idle.py", Body=(Path(__file__).parents[3] / IDLE).read_bytes())
    script = """\
#!/bin/bash
set -euo pipefail
mkdir -p /usr/local/lib/workbench
aws s3 cp --only-show-errors s3://programs/stop_when_idle.py /usr/local/lib/workbench/stop_when_idle.py
cat > /etc/systemd/system/stop-when-idle.service <<'END_OF_UNIT'
[Unit]
Description=Stops this notebook instance when it is idle
[Service]
Type=oneshot
Environment=PATH=/usr/local/bin:/usr/bin:/bin
ExecStart=/usr/bin/python3 -I /usr/local/lib/workbench/stop_when_idle.py --after-minutes 0.05 --busy-percent 100000
END_OF_UNIT
cat > /etc/systemd/system/stop-when-idle.timer <<'END_OF_UNIT'
[Unit]
Description=Looks whether this notebook instance is idle
[Timer]
OnActiveSec=1s
OnUnitInactiveSec=1s
AccuracySec=10s
END_OF_UNIT
systemctl daemon-reload
systemctl start stop-when-idle.timer
"""
    _started(client, "idle", OnStart=script)
    told = wait_for(
        lambda: client("sagemaker").describe_notebook_instance(NotebookInstanceName="idle"),
        lambda it: it["NotebookInstanceStatus"] == "Stopped",
    )
    assert "FailureReason" not in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("systemctl start nothing", "Unit nothing.service not found."),
        ("systemctl mask sshd", "systemctl: this machine has no verb mask"),
        ("systemd-run --on-calendar=daily true", "systemd-run: this machine has no option --on-calendar"),
        ("mount-s3 bucket /mnt", "mount-s3: this machine reads objects as files, and writes none"),
        ("aws s3 sync a s3://b", "aws: this machine's aws has s3 cp"),
        ("aws sagemaker make-coffee", "aws: sagemaker has no operation make-coffee"),
        ("crontab -l", "crontab: a notebook instance of the embedded AWS has no cron"),
        ("sudo -u nobody true", "sudo: unknown user nobody"),
    ],
)
def test_what_the_machine_cannot_do_it_refuses(client: Clients, line: str, words: str) -> None:
    name = "refuses-" + "".join(each if each.isalnum() else "-" for each in line).strip("-")[:40].rstrip("-")
    _begin(client, name, OnStart=f"#!/bin/bash\nset -e\n{line}\n")
    assert _settled(client, name)["NotebookInstanceStatus"] == "Failed"
    said = _said(client, name, "OnStart", bool)
    assert words in "\n".join(said)


def test_a_script_has_its_time_and_machines_come_and_go_with_the_emulator(tmp_path: Path, image_root: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
        environment.setenv("EMULATOR_NOTEBOOK_SCRIPT_SECONDS", "2")
        running = start(tmp_path / "state")
    try:
        client = clients_of(running)
        _begin(client, "slow", OnStart="#!/bin/bash\nsleep 1000 &\nsleep 1000\n")
        told = _settled(client, "slow")
        assert told["NotebookInstanceStatus"] == "Failed"
        assert "took longer than 5 minutes" in told["FailureReason"]
        _started(client, "stays", OnStart="#!/bin/bash\ndate >> /home/ec2-user/SageMaker/starts\n")
        before = Server(client, "stays")
        # What is saved is on disk a moment later.
        wait_for(lambda: "stays" in saved(tmp_path / "state", "sagemaker"), bool)
        kill(running)
        wait_for(lambda: before.answers, lambda it: not it)
        running = start(tmp_path / "state")
        client = clients_of(running)
        assert _settled(client, "stays")["NotebookInstanceStatus"] == "InService"
        after = Server(client, "stays")
        assert len(after.get("api/contents/starts")["content"].splitlines()) == 2
    finally:
        running.stop()
    assert not after.answers
