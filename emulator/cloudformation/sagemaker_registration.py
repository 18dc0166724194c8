"""Every `AWS::SageMaker::*` type that the API can create, put into CloudFormation."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.cloudformation.change_sets import add_imports
from emulator.cloudformation.sagemaker_types import SageMakerType, input_shape
from emulator.cloudformation.settling_types import InferenceComponentType, SettlingType
from emulator.ministack.stack_hooks import add_drift_reader, add_resource_type, replace_for, run_on_worker_thread
from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.api.kinds import kinds
from emulator.shapes.service_model import members_of

_SCHEMAS = Path(__file__).parent / "sagemaker_schemas.json"
_SETTLING = {
    "Endpoint": SettlingType,
    "InferenceComponent": InferenceComponentType,
    "NotebookInstance": SettlingType,
}


def add_sagemaker_types(api: SageMakerApi) -> None:
    """Register every type."""
    schemas: dict[str, dict[str, list[str]]] = json.loads(_SCHEMAS.read_text())
    types: dict[str, SageMakerType] = {}
    for name, schema in schemas.items():
        kind = kinds().get(name.split("::")[-1])
        if kind is None:
            continue
        type_ = types[name] = _SETTLING.get(kind.name, SageMakerType)(kind, schema, api)
        tagged = "Tags" in members_of(input_shape("Create", kind))
        add_resource_type(
            name,
            {"create": type_.create, "update": type_.update, "delete": type_.delete},
            replacing=type_.create_only,
            tags=("Tags", "list") if tagged else None,
        )
        if type_.nested_create_only:
            replace_for(name, type_.replaces)
        add_drift_reader(name, type_.read, type_.compared)
    add_imports(types)
    waiting = [name for name in kinds() if name in _SETTLING or api.waits(f"Create{name}")]
    run_on_worker_thread([f"AWS::SageMaker::{name}" for name in waiting])
