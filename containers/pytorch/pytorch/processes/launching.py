"""Starting the processes of a distributed training on this machine, with torchrun's agent."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from jobs.ending import StopRequest
from jobs.errors import JobError
from jobs.resources import Resources
from pytorch.processes.failure_board import FailureBoard
from pytorch.processes.group import PATIENCE
from pytorch.processes.stop_file import StopFile

DEFAULT_PORT = 29_500
LINGER_SECONDS = 3


def launch(resources: Resources, processes: int, stop: StopRequest) -> None:
    """Run the `worker` module in so many processes on this machine, and meet the other machines on the first.

    `MASTER_PORT` (29500) of the first machine, or of `MASTER_ADDR` where its name does not resolve, is where they
    meet, and the port above it where a failing process leaves its reason.
    SIGTERM ends them after the batch in hand. Raises JobError with the reason of the process that failed first,
    wherever that was.
    """
    first = os.environ.get("MASTER_ADDR", resources.hosts[0])
    port = int(os.environ.get("MASTER_PORT", DEFAULT_PORT))
    os.environ.update(resources.communication())
    os.environ.update(FailureBoard.place(first, port + 1, resources.current_host))
    # Processes that share a machine must not each take all of its CPUs.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))
    group = resources.current_group
    named = f" in group {group.name}" if group else ""
    place = f"{resources.current_host}{named}, machine {resources.position + 1} of {len(resources.hosts)}"
    print(f"{place}: {processes} process{'es' if processes > 1 else ''}, meeting at {first}:{port}", flush=True)
    board = FailureBoard.host(port + 1) if resources.position == 0 else None
    configuration = LaunchConfig(
        min_nodes=len(resources.hosts),
        max_nodes=len(resources.hosts),
        nproc_per_node=processes,
        run_id="training",
        rdzv_backend="static",
        rdzv_endpoint=f"{first}:{port}",
        rdzv_configs={"rank": resources.position, "timeout": int(PATIENCE.total_seconds())},
        local_addr=resources.current_host,
        max_restarts=0,
        # Not SIGTERM, which would make the agent leave at once and let those on other machines wait for it.
        signals_to_handle="SIGINT",
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            stop_file = StopFile(Path(folder) / "stop")
            os.environ.update(stop_file.place())
            signal.signal(signal.SIGTERM, stop_file.handle)
            if stop.received:
                stop_file.ask()
            elastic_launch(configuration, sys.executable)("-m", "pytorch.processes.worker")
    except ChildFailedError as error:
        if board is not None and len(resources.hosts) > 1:
            # The other machines ask this one why the training has ended.
            time.sleep(LINGER_SECONDS)
        _, failure = error.get_first_failure()
        raise JobError(failure.message) from None
