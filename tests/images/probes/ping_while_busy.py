"""Prints the statuses of a ping and of the request before it, whose model waits for the ping.

On the event loop that ping would wait for the model for ever.
"""

import asyncio
import json
import threading

from application import Model, call
from serving.http.application import Application
from serving.observed.metrics import Metrics
from serving.row_handler import RowHandler

pinged = threading.Event()


class Waiting(Model):
    def predict(self, rows):
        return rows[:, :1] if pinged.wait(300) else None


async def main():
    application = Application(RowHandler(Waiting()), Metrics(1))
    busy = asyncio.create_task(call(application, "/invocations", b"1,2\n" * 100_000))
    await asyncio.sleep(0)
    ping = await call(application, "/ping", method="GET")
    pinged.set()
    print(json.dumps([ping[0], (await busy)[0]]))


asyncio.run(main())
