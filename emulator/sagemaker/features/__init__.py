"""Feature Store: records that are put, read and deleted online, and kept as Parquet offline."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Feature Store, online",
        real="all verbs of the runtime: the greater event time wins, soft and hard deletion, records that expire,"
        " target stores, names, types, collections and sizes of values, errors of single records in a batch;"
        " provisioned writes beyond their units are throttled, and those of a batch come back unprocessed;"
        " what was acknowledged survives `kill -9`",
        recorded="keys, storage types, provisioned reads; an expired record is gone at once, and not days later",
    ),
    Coverage(
        "Feature Store, what is said of features",
        real="descriptions and parameters of features, written, read and taken away",
        refused="a search for them",
    ),
    Coverage(
        "Feature Store, offline",
        real="Parquet in AWS's layout, by the hour of the event time, a second after the call"
        " (`EMULATOR_OFFLINE_STORE_SECONDS`) and not within 15 minutes; its table in Glue, which grows with"
        " the group; the table format Iceberg, by the day of the event time, in one commit each second",
        recorded="role and key of the offline store; Iceberg tables are not compacted",
    ),
)
