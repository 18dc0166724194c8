"""Definitions of pipelines that are too long for a template are put together here, when values are known."""
