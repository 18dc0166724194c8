"""Typed settings of one environment, read once by `app.py` from `config/<environment>.yaml`."""

from stacks.settings.faults import SettingsError
from stacks.settings.loader import load_settings
from stacks.settings.models import (
    CaptureSettings,
    DataSettings,
    ImportedNetwork,
    InstanceRange,
    IsolatedNetwork,
    NetworkSettings,
    NoNetwork,
    PlatformSettings,
    ScalingSettings,
    ServingSettings,
    TrainingSettings,
    VariantSettings,
)

__all__ = [
    "CaptureSettings",
    "DataSettings",
    "ImportedNetwork",
    "InstanceRange",
    "IsolatedNetwork",
    "NetworkSettings",
    "NoNetwork",
    "PlatformSettings",
    "ScalingSettings",
    "ServingSettings",
    "SettingsError",
    "TrainingSettings",
    "VariantSettings",
    "load_settings",
]
