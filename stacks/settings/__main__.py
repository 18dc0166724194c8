"""`python -m stacks.settings` in the project's folder writes `config/schema.json` and `docs/configuration.md`."""

from pathlib import Path

from stacks.settings.documentation import configuration_page
from stacks.settings.schema import schema_text

Path("config/schema.json").write_text(schema_text(), encoding="utf-8")
Path("docs/configuration.md").write_text(configuration_page(), encoding="utf-8")
