"""Amazon Athena: queries in its dialect, on DuckDB, over tables of the Glue Data Catalog and objects of S3."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Athena",
        real="queries of Athena's dialect on DuckDB: tables of Glue over Parquet, delimited text, CSV and JSON,"
        " partitions (pruned before anything is read) and their projection, `NULL` for columns that files lack,"
        " views, `CREATE TABLE AS`, `INSERT INTO`, `UNLOAD`, tables, databases and partitions defined, repaired and"
        " shown, parameters and prepared statements; Iceberg tables on PyIceberg: made, partitioned by transforms,"
        " `INSERT`, `UPDATE`, `DELETE`, `MERGE`, earlier versions, columns that change, tables of their metadata,"
        " `OPTIMIZE`, `VACUUM`; result files, statistics with the bytes scanned, scan limits,"
        " settings that a work group enforces, events",
        recorded="result reuse, requester pays, engine versions; types are as strict as DuckDB's, so that a text"
        " compared with a number is converted where Athena refuses it, and a subscript out of bounds is `NULL`;"
        " approximate functions are exact",
        refused="ORC and Avro, other catalogs, Spark work groups, `EXPLAIN`, buckets, functions without a"
        " translation: the query fails with the reason",
    ),
)
