"""SageMaker's control plane: every verb on every kind of resource."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "SageMaker resources",
        real="validation of names, ranges, patterns, enums and references; names, ARNs, status, tags, pages, filters",
        recorded="what the resource would do: notebooks, domains",
        refused="`Search`, lineage and other calls that are neither Create, Describe, Update,"
        " Delete, List, Start nor Stop",
    ),
)
