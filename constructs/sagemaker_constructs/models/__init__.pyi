"""Models: containers, artifacts, packages, and many models in one container."""

from .model import Model as Model
from .model_artifact import ModelArtifact as ModelArtifact
from .model_container import ModelContainer as ModelContainer
from .model_package import ModelPackage as ModelPackage
from .multi_model import MultiModel as MultiModel
