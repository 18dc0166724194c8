"""A report about changes for a terminal, for a pull request and as JSON, and the command that writes it."""
