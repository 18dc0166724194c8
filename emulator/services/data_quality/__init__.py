"""Glue Data Quality: rulesets, and their evaluation on the rows of tables."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Glue Data Quality",
        real="rulesets, by the API and as CloudFormation resources, checked as DQDL; evaluations of them on the rows"
        " of a table, read as Athena reads it: numbers of rows and columns, completeness, uniqueness, keys, values,"
        " lengths, types, sums, means, deviations, distinct values, freshness, statements of SQL, composite rules,"
        " thresholds and `where`; results, scores and events",
        recorded="workers, roles, metrics, results in S3, labels",
        refused="rules of other types (an evaluation gives them the result `ERROR`, with the reason), dynamic rules,"
        " analyzers, recommendations, observations",
    ),
)
