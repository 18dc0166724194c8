"""The table of what a platform may have, from which settings, stacks, schema, pages and the demo are derived."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Capability:
    """A section of the configuration that is a stack if it is there.

    ``section`` is its place in the file, ``meaning`` what the page says of it. Settings and stack are those of its
    room: of ``serving.real_time`` the classes ``RealTimeSettings`` in ``stacks/serving/real_time/settings.py`` and
    ``RealTimeStack`` in ``stack.py``. ``room`` is the folder below ``stacks``, where it is not called as the section.
    ``after`` are sections whose stacks, where there are any, are deployed before this one. ``first`` is what the
    training uses, and so is deployed before it. ``model`` is whether it needs the trained model, and so the sections
    ``training`` and ``serving``.
    """

    section: str
    meaning: str
    room: str = ""
    after: tuple[str, ...] = ()
    first: bool = False
    model: bool = True

    @property
    def domain(self) -> str:
        """The section around it; empty for one at the top of the file."""
        return self.section.rpartition(".")[0]

    @property
    def key(self) -> str:
        """Its key in that section."""
        return self.section.rpartition(".")[2]

    @property
    def questions(self) -> str:
        """The module with its questions in the demo, below ``demo.questions``."""
        return self.room or self.section

    @property
    def id(self) -> str:
        """The stack's id, and the end of its name."""
        return self.key.replace("_", "-")

    def settings(self) -> type[Any]:
        """The class of its settings."""
        return self._load("settings", "Settings")

    def stack(self) -> type[Any]:
        """The class of its stack, whose module costs time to load."""
        return self._load("stack", "Stack")

    def _load(self, module: str, kind: str) -> type[Any]:
        room = f"stacks.{self.room or self.section}"
        name = "".join(word.capitalize() for word in self.key.split("_"))
        return getattr(import_module(f"{room}.{module}"), f"{name}{kind}")


CAPABILITIES = (
    Capability("tracking", "MLflow, in which trainings leave their runs.", first=True, model=False),
    Capability("tuning", "The search for better hyperparameters.", "training.tuning"),
    Capability("registry", "The registry of models, and what follows an approval."),
    Capability(
        "training_pipeline",
        "The pipeline from rows to a version in the registry.",
        "training.pipeline",
        after=("registry",),
    ),
    Capability("automl", "The search for a model of a table, of any kind.", "training.automl", after=("registry",)),
    Capability("features", "Features of what models are asked about: newest online, all in a table.", model=False),
    Capability("batch", "Containers on AWS Batch, for long and for many jobs.", "data.batch", model=False),
    Capability("lake", "Tables over data in S3, and where they are queried.", "data.lake", model=False),
    Capability("warehouse", "A data warehouse that loads from S3 and unloads to it.", "data.warehouse", model=False),
    Capability("labeling", "What people label of the data, and the manifest of their answers.", model=False),
    Capability("notebook", "A notebook instance beside the platform's data.", "workbench.notebook", model=False),
    Capability("studio", "Studio for a team, beside the platform's data.", "workbench.studio", model=False),
    Capability("serving.real_time", "An endpoint that answers while the caller waits.", after=("registry",)),
    Capability("serving.shadow_test", "An endpoint with a variant and its shadow."),
    Capability(
        "serving.pipeline", "An endpoint that passes a request through several containers.", "serving.containers"
    ),
    Capability("serving.direct", "An endpoint with containers that callers choose.", "serving.containers"),
    Capability("serving.serverless", "An endpoint without instances."),
    Capability("serving.asynchronous", "An endpoint that answers through S3, asleep while idle."),
    Capability("serving.multi_model", "An endpoint with many models, added by upload."),
    Capability("serving.shared", "An endpoint whose instances several components share."),
    Capability("serving.batch_transform", "Scoring of whole files."),
)

STACKS = (
    "foundation",
    *(capability.id for capability in CAPABILITIES if capability.first),
    "training",
    *(capability.id for capability in CAPABILITIES if not capability.first),
)
"""The ids of all stacks that a platform may have, in their order."""
