"""Redshift Serverless and its Data API."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Redshift Serverless, approximate",
        real="namespaces, each with a database that survives a restart, workgroups, passwords as secrets, snapshots"
        " and restoring; the Data API: statements and batches (one transaction, or one each), parameters, tokens,"
        " waiting, cancelling, results as JSON and CSV, events, lists of schemas, tables and columns; queries and"
        " changes on DuckDB, external schemas on Glue, read as Athena reads them; `COPY` of CSV, delimited text, JSON"
        " and Parquet, `UNLOAD` of the same with partitions and manifests, under the roles that the namespace has",
        recorded="capacity, network, keys, logs, query limits, tracks; distribution, sorting and compression; users"
        " and their rights; primary keys, as in Redshift; a file for each partition of `UNLOAD` and not for each"
        " slice; functions that Redshift and DuckDB call the same are DuckDB's, types are as strict as DuckDB's, sums"
        " are `int8`, and decimals divided `float8`",
        refused="clusters, connections by JDBC, sessions, usage limits, system tables, procedures, UDFs, materialized"
        " views, `SELECT INTO`, formats ORC and Avro, whatever DuckDB does not know: the statement fails with the"
        " reason",
    ),
)
