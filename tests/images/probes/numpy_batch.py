"""Prints the NumPy answer to rows of which one is bad."""

import io
from types import SimpleNamespace

import numpy

from serving.batch import BatchRowHandler
from serving.handler import Request

model = SimpleNamespace(features=2, classes=None, predict=None, predict_row=lambda row: [row[0] / row[1]])
answer = BatchRowHandler(model).answer(Request(b"1,2\nbad,2\n3,4", "text/csv", "application/x-npy"))
print(answer.content_type, numpy.load(io.BytesIO(answer.body), allow_pickle=False).tolist())
