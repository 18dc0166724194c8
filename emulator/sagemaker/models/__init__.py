"""Models: what they are made of."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Model packages",
        real="a model's containers are those of its package, read when the model is created; additional"
        " specifications; an event for each change",
        recorded="approval (a package that nobody has approved is served too), validation",
    ),
    Coverage(
        "Inference pipelines",
        real="one process per container, serial and direct invocation, content types passed on",
        refused="streamed answers of serial ones",
    ),
)
