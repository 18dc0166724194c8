"""Prints the answer of an application whose model fails."""

import asyncio
import json

from application import Model, call
from serving.http.application import Application
from serving.observed.metrics import Metrics
from serving.row_handler import RowHandler


class Failing(Model):
    def predict_row(self, row):
        del row
        raise RuntimeError("secret detail")


print(json.dumps(asyncio.run(call(Application(RowHandler(Failing()), Metrics(1)), "/invocations", b"1,2"))))
