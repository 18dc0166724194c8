"""The platform of the configuration in the file that the environment names: for tests that change a configuration."""

import os
from pathlib import Path

import aws_cdk as cdk

from stacks.settings import PROJECT, load_settings
from stacks.stage import Platform

app = cdk.App()
settings = load_settings(Path(os.environ["CONFIGURATION"]), project=PROJECT)
Platform(app, settings.environment, settings=settings)
app.synth()
