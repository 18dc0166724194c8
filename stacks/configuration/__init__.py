"""The engine of the configuration: from a YAML file to checked settings, or to all of its mistakes."""
