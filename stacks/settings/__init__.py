"""Typed settings of one environment, read once by `app.py` from `config/<environment>.yaml`."""

from stacks.settings.faults import SettingsError
from stacks.settings.loader import load_settings
from stacks.settings.models import ImportedNetwork, IsolatedNetwork, NoNetwork, PlatformSettings

__all__ = [
    "ImportedNetwork",
    "IsolatedNetwork",
    "NoNetwork",
    "PlatformSettings",
    "SettingsError",
    "load_settings",
]
