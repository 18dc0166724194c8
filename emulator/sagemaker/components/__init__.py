"""Inference components."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Inference components",
        real="components from a model or a container, one process each; copies to zero and back, by call, by"
        " CloudFormation and by scaling policies; requests without copies fail and are counted",
        recorded="copies (a component is one process whatever its copies, which divide its metrics), compute"
        " requirements, placement, rolling updates; managed instance scaling keeps one instance while any"
        " component has a copy, within its bounds",
        refused="adapters, several specifications",
    ),
)
