"""Typed settings of one environment, read once by `app.py` from `config/<environment>.yaml`."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import Field, create_model

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.at_synth import parameter_name_problem, request_problems
from sagemaker_constructs.core.tokens import is_token
from stacks.configuration.faults import SettingsError
from stacks.configuration.loader import load
from stacks.foundation.settings import FoundationSettings
from stacks.platform import CAPABILITIES
from stacks.serving.settings import ServingSettings
from stacks.training.settings import TrainingSettings

__all__ = ["PlatformSettings", "SettingsError", "load_settings", "platform_model"]

_CLASSES = ("validation:auc", "validation:accuracy")
_OBJECTIVES = {"regression": ("validation:rmse",), "binary": _CLASSES, "multiclass": _CLASSES}
"""What the training of the library's images measures, by their hyperparameter `objective`."""
PROJECT = Path(__file__).resolve().parents[1]


class PlatformSettings(FoundationSettings):
    """One environment of the platform."""

    training: TrainingSettings | None = None
    """Training; left out, there is no model, and no section that needs one."""
    serving: ServingSettings | None = None
    """Serving."""

    def problems(self) -> Iterator[Problem | None]:
        """What does not fit together: sections, the network, a metric that there is not, an image out of reach."""
        yield from super().problems()
        # Parameters of the platform begin with its name.
        yield parameter_name_problem("platform", f"/{self.platform}")
        yield self._unreachable()
        yield from self._unreachable_for_notebooks()
        yield from self._unreachable_for_studio()
        yield self._unreachable_for_batch()
        yield from self._too_narrow_for_a_warehouse()
        yield self._unreachable_for_people()
        yield self._measured_otherwise()
        yield self._winner_not_pulled()
        yield from self._without_model()
        if getattr(self, "registry", None) is not None:
            return
        without = "needs a section registry, got: none"
        for section in ("training_pipeline", "automl"):
            if getattr(self, section, None) is not None:
                yield Problem(section, without)
        if self.follows_approval:
            yield Problem("serving.real_time.model.mode", without)

    def section(self, name: str) -> Any:
        """The settings of a section, such as ``serving.real_time``; None where it is left out."""
        found: Any = self
        for key in name.split("."):
            found = getattr(found, key, None)
        return found

    def _without_model(self) -> Iterator[Problem]:
        """Sections that need the model, without what trains it or without the image that serves it."""
        for missing in ("training", "serving"):
            if self.section(missing) is None:
                needing = ["training", "serving", *(each.section for each in CAPABILITIES if each.model)]
                for name in needing:
                    if self.section(name) is not None and not name.startswith("serving."):
                        yield Problem(name, f"needs a section {missing}, got: none")

    def _unreachable(self) -> Problem | None:
        """Whether the training is to be tracked in an MLflow to which its network has no way."""
        tracking: Any = getattr(self, "tracking", None)
        if tracking is None or not tracking.trainings or self.network.mode != "isolated":
            return None
        if tracking.kind == "app":
            return Problem("tracking.trainings", "needs a network with a way to the app, got: network.mode isolated")
        if "SageMakerExperiments" in self.network.services:
            return None
        return Problem("tracking.trainings", "needs SageMakerExperiments in network.services, got: none")

    def _unreachable_for_notebooks(self) -> Iterator[Problem]:
        """What a notebook is to do without a way to it."""
        notebook: Any = getattr(self, "notebook", None)
        if notebook is None or self.network.mode != "isolated":
            return
        if notebook.idle_minutes is not None and "SageMakerApi" not in self.network.services:
            words = "needs SageMakerApi in network.services, by which the instance stops itself, got: none"
            yield Problem("notebook.idle_minutes", words)
        if notebook.kernels:
            yield Problem("notebook.kernels", "needs a network with a way to packages, got: network.mode isolated")

    def _unreachable_for_studio(self) -> Iterator[Problem]:
        """What a domain of Studio lacks of the network: its VPC, and the way of applications to SageMaker."""
        studio: Any = getattr(self, "studio", None)
        if studio is None:
            return
        if self.network.mode == "none":
            yield Problem("studio", "needs a network, got: network.mode none")
        if (self.network.mode == "imported") != (studio.vpc_id is not None):
            words = "must be the VPC of network.subnet_ids" if studio.vpc_id is None else "must be left out"
            yield Problem("studio.vpc_id", f"{words} with network.mode {self.network.mode}")
        given: Sequence[str] = getattr(self.network, "services", ())
        needed = [name for name in ("SageMakerApi", "SageMakerRuntime") if name not in given]
        if self.network.mode == "isolated" and studio.internet is False and needed and not any(map(is_token, given)):
            words = "or no application starts: name them, or set studio.internet"
            yield Problem("studio", f"needs {', '.join(needed)} in network.services, {words}")

    def _unreachable_for_batch(self) -> Problem | None:
        """Whether jobs of Batch, which start from within the network, could not pull their images."""
        batch: Any = getattr(self, "batch", None)
        if batch is None or self.network.mode == "imported":
            return None
        if self.network.mode == "none":
            return Problem("batch", "needs a network, got: network.mode none")
        given: Sequence[str] = getattr(self.network, "services", ())
        missing = [name for name in batch.reached() if name not in given]
        if not missing or any(map(is_token, given)):
            return None
        words = f"needs {', '.join(batch.reached())} in network.services, by which jobs start and write logs"
        return Problem("batch", f"{words}; missing: {', '.join(missing)}")

    def _too_narrow_for_a_warehouse(self) -> Iterator[Problem]:
        """What Redshift would refuse of the network's subnets."""
        warehouse: Any = getattr(self, "warehouse", None)
        if warehouse is None:
            return
        if self.network.mode == "none":
            yield Problem("warehouse", "needs a network, got: network.mode none")
            return
        network = self.network
        zones = network.availability_zones if network.mode == "isolated" else len(network.subnet_ids)
        if is_token(zones):
            return
        request = {
            "enhancedVpcRouting": warehouse.enhanced_vpc_routing,
            "subnetIds": [f"subnet-{number}" for number in range(zones)],
        }
        names = {"subnetIds": "warehouse.enhanced_vpc_routing"}
        yield from request_problems("CreateWorkgroup", request, names)

    def _unreachable_for_people(self) -> Problem | None:
        """Whether a Label Studio would have no way to what signs people on."""
        labeling: Any = getattr(self, "labeling", None)
        if labeling is None or labeling.server is None or self.network.mode == "imported":
            return None
        words = "needs a network with a way to the internet, by a NAT gateway: network.mode imported"
        return Problem("labeling.server", f"{words}, got: network.mode {self.network.mode}")

    def _measured_otherwise(self) -> Problem | None:
        """Whether a search looks at a metric that the training does not have."""
        tuning: Any = getattr(self, "tuning", None)
        hyperparameters: Any = getattr(self.training, "hyperparameters", None)
        if tuning is None or not isinstance(hyperparameters, dict) or is_token(tuning.objective):
            return None
        objective = str(cast("dict[str, str]", hyperparameters).get("objective"))
        if objective not in _OBJECTIVES or tuning.objective in _OBJECTIVES[objective]:
            return None
        words = f"must be {' or '.join(_OBJECTIVES[objective])} for training.hyperparameters.objective {objective}"
        return Problem("tuning.objective", f"{words}, got: {tuning.objective}")

    def _winner_not_pulled(self) -> Problem | None:
        """Whether a version in an image of AWS would reach an endpoint whose role pulls the platform's own."""
        automl: Any = getattr(self, "automl", None)
        if automl is None or automl.engine != "autopilot" or not self.follows_approval:
            return None
        words = "must be open while serving.real_time.model.mode is approved: that endpoint pulls serving.image only"
        return Problem("automl.engine", f"{words}, got: autopilot")

    @property
    def follows_approval(self) -> bool:
        """Whether the real-time endpoint serves what was approved last."""
        real_time: Any = getattr(self.serving, "real_time", None)
        return real_time is not None and getattr(real_time.model, "mode", None) == "approved"


def load_settings(path: Path, *, project: Path = PROJECT) -> PlatformSettings:
    """Read `config/<environment>.yaml`. Image folders are looked up in `project`, by default this repository.

    Raises SettingsError with one line per mistake: `file:line: dotted.path: what is wrong and what is allowed`.
    """
    return load(platform_model(), path, project=project)


@cache
def platform_model() -> type[PlatformSettings]:
    """The settings with a key for each capability of the table."""
    sections: dict[str, dict[str, Any]] = {"": {}}
    for each in CAPABILITIES:
        field = Field(default=None, description=each.meaning)
        sections.setdefault(each.domain, {})[each.key] = (each.settings() | None, field)
    top = sections.pop("")
    for domain, ways in sections.items():
        field = PlatformSettings.model_fields[domain]
        [settings] = [each for each in get_args(field.annotation) if each is not type(None)]
        top[domain] = (_extended(settings, ways) | None, field)
    return _extended(PlatformSettings, top)


def _extended(model: Any, fields: dict[str, Any]) -> Any:
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, **fields)
