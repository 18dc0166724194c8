"""The documentation site, made of the project's own pages, examples and docstrings."""
