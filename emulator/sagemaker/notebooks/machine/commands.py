"""Commands of a notebook instance's machine: `sudo`, which changes no user, and those that it cannot carry out.

Standard library only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_PACKAGES = "installs no packages of Amazon Linux: programs are those of the machine that it runs on"
REFUSED = {
    "amazon-linux-extras": _PACKAGES,
    "dnf": _PACKAGES,
    "yum": _PACKAGES,
    "rpm": _PACKAGES,
    "conda": "has no conda",
    "crontab": "has no cron; a timer of systemd runs",
    "docker": "runs no containers",
    "initctl": "has no upstart, as Amazon Linux 2023 has none; systemctl is there",
    "mount": "mounts nothing but what mount-s3 reads",
    "reboot": "does not start again by itself; stop the notebook instance and start it",
    "service": "has no services of System V; systemctl is there",
    "shutdown": "is stopped by StopNotebookInstance",
}
"""Commands, and why the embedded AWS's notebook instance does not carry them out."""


def main(arguments: Sequence[str]) -> int:
    """Run what `sudo` is given, or refuse."""
    command, *given = arguments
    if command != "sudo":
        print(f"{command}: a notebook instance of the embedded AWS {REFUSED[command]}", file=sys.stderr)
        return 1
    return _sudo(given)


def _sudo(given: Sequence[str]) -> int:
    """Run a command. There is one user, whose home folder depends on whom he is meant to be."""
    words, user, shell = list(given), "root", False
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-u", "--user"):
            user = words.pop(0) if words else ""
        elif option.startswith("--user="):
            user = option.removeprefix("--user=")
        elif option in ("-i", "--login", "-s", "--shell"):
            shell = True
        elif option == "--":
            break
        elif option not in ("-H", "-E", "-n", "-b"):
            print(f"sudo: this machine has no option {option}", file=sys.stderr)
            return 1
    if user not in ("root", "ec2-user"):
        print(f"sudo: unknown user {user}", file=sys.stderr)
        return 1
    environment = {**os.environ, "HOME": "/root" if user == "root" else "/home/ec2-user", "USER": user}
    if shell:
        os.chdir(environment["HOME"])
        words = ["bash", "-c", 'exec "$@"', "bash", *words] if words else ["bash", "-l"]
    if not words:
        print("usage: sudo [-u user] command", file=sys.stderr)
        return 1
    try:
        os.execvpe(words[0], words, environment)
    except OSError as error:
        print(f"sudo: {words[0]}: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
