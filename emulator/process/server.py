"""The server process: MiniStack with our services put in, its state saved and what was cut short repaired."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import gc
import logging
import os
import signal
import sys
from pathlib import Path

from emulator.ministack import hooks
from emulator.process.assembly import Emulator, assemble
from emulator.process.recovery import recover
from emulator.process.state_directory import StateDirectory
from emulator.process.supervisor import end_with_parent

logger = logging.getLogger("emulator")

_CLOSE_SECONDS = 5.0


async def _until_open(port: int, serving: asyncio.Task[None]) -> None:
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    serving.result()
    raise SystemExit("the server ended before it answered")


async def _wind_down(emulator: Emulator, asked: asyncio.Event, stop: asyncio.Event) -> None:
    """Let recurring work end while the emulator still answers, and then stop."""
    await asked.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(emulator.rest), _CLOSE_SECONDS)
    stop.set()


async def _serve(emulator: Emulator, state: Path, port: int) -> None:
    asked, stop = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    winding_down = asyncio.create_task(_wind_down(emulator, asked, stop))
    serving = asyncio.create_task(hooks.serve(port, stop))
    await _until_open(port, serving)
    saving = asyncio.create_task(emulator.saver.run())
    interrupted = await recover(emulator)
    emulator.begin()
    emulator.saver.changed()
    for sentence in interrupted:
        logger.warning("interrupted: %s", sentence)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    StateDirectory(state).describe(
        run=os.environ["EMULATOR_RUN"],
        pid=os.getpid(),
        port=port,
        ready=True,
        started=started,
        address=f"http://127.0.0.1:{port}",
        interrupted=interrupted,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        images=os.environ["EMULATOR_IMAGE_ROOT"],
    )
    # What is here stays: each full collection would look at all modules and descriptions of services again.
    gc.freeze()
    logger.info("ready on http://127.0.0.1:%d", port)
    await serving
    winding_down.cancel()
    saving.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(emulator.close), _CLOSE_SECONDS)
    sys.stdout.flush()
    # Worker threads may still wait for functions and containers. Everything is saved, and the supervisor ends
    # what is left, so do not wait for them.
    os._exit(0)


def main() -> None:
    """Serve until SIGTERM; reads `EMULATOR_STATE`, `EMULATOR_PORT` and MiniStack's own variables."""
    end_with_parent()
    state, port = Path(os.environ["EMULATOR_STATE"]), int(os.environ["EMULATOR_PORT"])
    try:
        with StateDirectory(state).held():
            asyncio.run(_serve(assemble(state), state, port))
    except BlockingIOError:
        raise SystemExit(f"another emulator holds {state}") from None
    except OSError as error:
        raise SystemExit(f"the emulator cannot start on port {port}: {error}") from error


if __name__ == "__main__":
    main()
