"""One process of a distributed training, as torchrun's agent starts it."""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from jobs.errors import JobError
from pytorch.job import TrainingJob
from pytorch.processes.failure_board import FailureBoard
from pytorch.processes.group import Group
from pytorch.processes.stop_file import StopFile
from pytorch.training import train


def main() -> int:
    """Train in this process and return the exit code; the reason of a failure is told to the agent."""
    board = FailureBoard.find()
    try:
        train(TrainingJob.read(), Group(), StopFile.find())
    except Exception as error:
        own_reason = str(error)
        if not isinstance(error, JobError):
            traceback.print_exc()
            own_reason = f"{type(error).__name__}: {error}"
        described = {"message": board.settle(error, own_reason), "timestamp": int(time.time())}
        Path(os.environ["TORCHELASTIC_ERROR_FILE"]).write_text(json.dumps(described))
        return 1
    return 0


if __name__ == "__main__":
    # Not sys.exit: threads of a collective whose other end is gone would be waited for.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
