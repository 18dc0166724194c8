"""`python -m stacks.configuration` in the project's folder writes `config/schema.json` and the page about it."""

from pathlib import Path

from stacks.configuration.documentation import configuration_page
from stacks.configuration.schema import schema_text
from stacks.settings import platform_model

Path("config/schema.json").write_text(schema_text(platform_model()), encoding="utf-8")
Path("docs/configuration.md").write_text(configuration_page(platform_model()), encoding="utf-8")
