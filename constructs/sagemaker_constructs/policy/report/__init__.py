"""Findings as a table, as JSON and as SARIF, and the command that writes them."""
