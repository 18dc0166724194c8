"""Prints how much memory asking for models of unknown names has cost."""

import tracemalloc
from pathlib import Path

from serving.errors import RequestError
from serving.multi_model.model_record import ModelRecord
from serving.multi_model.model_store import ModelStore

store = ModelStore(None, root=Path(), limit=2**40, record=ModelRecord(Path("none")))
tracemalloc.start()
for index in range(20_000):
    for ask, status in ((store.find, 404), (store.unload, 404), (lambda name: store.load(name, "nowhere"), 400)):
        try:
            ask(f"unknown-{index}")
        except RequestError as error:
            answered = error.status
        assert answered == status
print(tracemalloc.get_traced_memory()[0])
