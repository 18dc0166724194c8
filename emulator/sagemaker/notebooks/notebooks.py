"""What notebook instances do beyond being recorded: their machines start, are opened and are stopped."""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.sagemaker.notebooks.machines import Machines, Start, StartError
from emulator.sagemaker.notebooks.repositories import Repositories
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.notebooks")

_KIND, _LIFECYCLE, _STATUS = "NotebookInstance", "NotebookInstanceLifecycleConfig", "NotebookInstanceStatus"
_STARTABLE = ("Stopped", "Failed")
# For a script that ends with an error, too: https://github.com/outerbounds/metaflow-tools/pull/28 and
# https://github.com/aws-samples/amazon-sagemaker-optuna-hpo-blog/issues/4 have both message and log.
_TOO_LONG = (
    "Notebook Instance Lifecycle Config '{lifecycle}' for Notebook Instance '{instance}' took longer than 5 minutes. "
    "Please check your CloudWatch logs for more details if your Notebook Instance has Internet access."
)


class Notebooks:
    """The notebook instances and their machines.

    Args:
        records: Where they are kept.
        machines: Their processes.
        repositories: Clones what they name.
    """

    def __init__(self, records: Records, machines: Machines, repositories: Repositories) -> None:
        self._records = records
        self._repositories = repositories
        self._machines = machines

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Operations of the API that are more than a verb."""
        return {"CreatePresignedNotebookInstanceUrl": self._open}

    def created(self, record: Record) -> None:
        """Start it for the first time."""
        self._start(record)

    def started(self, record: Record) -> None:
        """Start it again; raises ServiceError for one that is not stopped."""
        status = record.outcome.get(_STATUS)
        if status not in _STARTABLE:
            raise ServiceError(
                "ValidationException",
                f"Status ({status}) not in ([{', '.join(_STARTABLE)}]). "
                f"Unable to transition to (Pending) for Notebook Instance ({record.arn}).",
            )
        self._start(record)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Nothing: a change is in effect at the next start."""

    def stopped(self, record: Record) -> None:
        """End its machine; raises ServiceError for one that is not in service."""
        status = record.outcome.get(_STATUS)
        if status != "InService":
            raise ServiceError(
                "ValidationException",
                f"Status ({status}) not in ([InService]). "
                f"Unable to transition to (Stopping) for Notebook Instance ({record.arn}).",
            )
        self._machines.stop(record.arn)
        self._records.change(record, **{_STATUS: "Stopped"})

    def deleted(self, record: Record) -> bool:
        """End its machine, and delete its volume."""
        self._machines.forget(record.arn)
        return True

    def start_again(self) -> None:
        """Start the machines of all that ran when the emulator ended."""
        for record in list(self._records.everywhere()):
            if record.kind == _KIND and record.outcome.get(_STATUS) in ("InService", "Pending"):
                with in_scope(record.account, record.region):
                    self._start(record)

    def _start(self, record: Record) -> None:
        self._records.change(record, **{_STATUS: "Pending", "FailureReason": None})
        in_background(lambda: self._come_up(record), "start-notebook-instance")

    def _come_up(self, record: Record) -> None:
        lifecycle = self._lifecycle(record)
        if not self._machines.available():
            logger.warning("%s: no script runs, as this computer lets no program have a root of its own", record.arn)
            self._records.change(record, **{_STATUS: "InService"})
            return
        try:
            self._repositories.clone(record, self._machines.volume(record.arn))
            self._machines.start(
                Start(
                    arn=record.arn,
                    name=str(record.request["NotebookInstanceName"]),
                    on_create=_script(lifecycle, "OnCreate"),
                    on_start=_script(lifecycle, "OnStart"),
                )
            )
        except (StartError, OSError) as error:
            logger.warning("notebook instance %s: %s", record.key, error)
            reason = str(error)
            if isinstance(error, StartError) and error.hook and lifecycle:
                reason = _TOO_LONG.format(lifecycle=lifecycle.arn, instance=record.arn)
            self._records.change(record, **{_STATUS: "Failed", "FailureReason": reason})
            return
        self._records.change(record, **{_STATUS: "InService"})

    def _lifecycle(self, record: Record) -> Record | None:
        name = record.request.get("LifecycleConfigName")
        return self._records.find(_LIFECYCLE, str(name)) if name else None

    def _open(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = str(request["NotebookInstanceName"])
        record = self._records.find(_KIND, kinds()[_KIND].key({"NotebookInstanceName": name}))
        if record is None:
            raise ServiceError("ValidationException", "RecordNotFound")
        status = record.outcome.get(_STATUS)
        if status != "InService":
            raise ServiceError(
                "ValidationException", f"The notebook instance {record.arn} is {status}, and not InService."
            )
        address = self._machines.address(record.arn)
        if address is None:
            raise ServiceError("ServiceUnavailable", "Jupyter is not set up here. Set it up with: make jupyter", 503)
        return {"AuthorizedUrl": address}


def _script(lifecycle: Record | None, hook: str) -> str:
    """The script of a hook; empty where there is none."""
    hooks: list[dict[str, str]] = (lifecycle.request.get(hook) if lifecycle else None) or [{}]
    return b64decode(hooks[0].get("Content", "")).decode()
