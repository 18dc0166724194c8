"""The model registry: groups of model packages, and the deployment of what is approved in them."""

from .approved_model import ApprovedModel as ApprovedModel
from .model_package_group import ModelPackageGroup as ModelPackageGroup
from .model_package_version import ModelPackageVersion as ModelPackageVersion
