"""Notebook instances: machines whose scripts run, with a Jupyter server."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Notebook instances",
        real="a start runs the scripts of the lifecycle as root of a machine of its own, whose files but those of"
        " the home folder are new, and which writes nowhere else; timers and services of systemd, `aws`, and"
        " `mount-s3` to read; a script that fails, or takes longer than 5 minutes"
        " (`EMULATOR_NOTEBOOK_SCRIPT_SECONDS`), fails the instance with SageMaker's reason; a Jupyter server, of"
        " `make jupyter`, to which `CreatePresignedNotebookInstanceUrl` leads; git repositories, cloned from bare"
        " ones in the folder `git` of the state (`git/example.com/a/b.git` for `https://example.com/a/b.git`); logs"
        " of scripts and server in CloudWatch; stop, and start again",
        recorded="instance type, volume size, role, VPC, root access (everybody is root), processors and"
        " memory, which are those of this machine, whatever else it does; JupyterLab's pages"
        " (the server has its API, kernels and terminals alone). Where namespaces are not allowed, and on macOS, no"
        " script runs and there is no server",
        refused="`dnf` and `yum`, `conda`, `crontab`, `docker`, writing through `mount-s3`, settings of systemd that"
        " it does not have: the script gets an error that says so; a git repository that is not in that"
        " folder, as no other host is asked: the instance fails; the URL before `make jupyter`, and of an instance"
        " that is not in service",
    ),
)
