"""Cuts whole documents into overlapping windows and merges them into the table of chunks that an index follows.

Shipped and submitted by Lakedesk, and good to run by hand:

    chunk_documents.py --documents cat.schema.raw_documents --chunks cat.schema.product_docs --size 512 --overlap 64

Columns of the documents: doc_id, title, doc_type, last_updated, content, and url where there is one. Windows count characters
(code points), and a window of blanks alone is left out. An id is a hash of strategy, document and position, so running it again
changes nothing, and what is gone from the documents is deleted. Only rows whose source is this table of documents are touched.
Everything is an expression of Spark itself: a plan that is computed twice gives the same rows twice.

With --format parquet both names are folders of Parquet files, for machines without Delta.
The last line that is printed says in JSON what was done.
"""

import argparse
import json
import os
import shutil
import sys

from pyspark.sql import DataFrame, SparkSession, functions as F

STRATEGY = "window@1"
COLUMNS = [
    "chunk_id", "doc_id", "title", "url", "doc_type", "last_updated",
    "heading_path", "chunk_index", "content", "content_hash", "source",
]
NEEDED = ["doc_id", "title", "doc_type", "last_updated", "content"]
# What trim() of JavaScript takes off.
BLANKS = (
    " \t\n\x0b\x0c\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


class Refused(Exception):
    """Something is wrong with the input. Nothing was written."""


def texts_of(documents: DataFrame) -> DataFrame:
    """The columns as texts without null; dates as 2026-11-22."""
    missing = [name for name in NEEDED if name not in documents.columns]
    if missing:
        raise Refused(f"The documents have no column {', '.join(missing)}. Needed are {', '.join(NEEDED)}.")
    types = dict(documents.dtypes)

    def text(name):
        if name not in types:
            return F.lit("")
        day = types[name] in ("date", "timestamp", "timestamp_ntz")
        value = F.date_format(name, "yyyy-MM-dd") if day else F.col(name).cast("string")
        return F.coalesce(value, F.lit(""))

    columns = ["title", "url", "doc_type", "last_updated", "content"]
    return documents.select(F.col("doc_id").cast("string").alias("doc_id"), *[text(c).alias(c) for c in columns])


def check_keys(documents: DataFrame) -> int:
    """How many documents there are. Refuses none at all, and ids that are missing or not unique."""
    counts = documents.groupBy("doc_id").count()
    found = counts.agg(
        F.coalesce(F.sum("count"), F.lit(0)).alias("documents"),
        F.count(F.when(F.col("doc_id").isNull() | (F.col("doc_id") == ""), 1)).alias("nameless"),
        F.count(F.when(F.col("count") > 1, 1)).alias("repeated"),
    ).first()
    if found["documents"] == 0:
        raise Refused("The table of documents is empty. Nothing was changed: fill it, or delete the chunks by hand.")
    if found["nameless"]:
        raise Refused("Some documents have no doc_id. Give each one its own.")
    if found["repeated"]:
        some = [row["doc_id"] for row in counts.where("count > 1").orderBy("doc_id").limit(5).collect()]
        raise Refused(f"doc_id is not unique: {found['repeated']} ids stand in more than one row, such as {', '.join(some)}.")
    return found["documents"]


def cut(documents: DataFrame, source: str, size: int, overlap: int) -> DataFrame:
    """One row per chunk, with the columns of the table of chunks."""
    nul = F.lit("\0")
    # The last window is the first one that reaches the end of the text.
    last = F.greatest(F.length("content") - F.lit(overlap) - 1, F.lit(0))
    starts = F.sequence(F.lit(0), last, F.lit(size - overlap))
    windows = F.transform(starts, lambda start: F.substring(F.col("content"), start + 1, F.lit(size)))
    told = F.filter(windows, lambda text: F.length(F.btrim(text, F.lit(BLANKS))) > 0)
    parts = [F.lit(STRATEGY), F.lit(str(size)), F.lit(str(overlap)), *[F.col(c) for c in ("title", "url", "doc_type", "last_updated", "content")]]
    cut_up = documents.select(
        "doc_id", "title", "url", "doc_type", "last_updated",
        F.sha2(F.concat_ws("\0", *parts), 256).alias("content_hash"),
        F.posexplode(told).alias("chunk_index", "text"),
    )
    key = F.concat(F.lit(STRATEGY), nul, F.col("doc_id"), nul, F.col("chunk_index").cast("string"))
    return cut_up.select(
        F.substring(F.sha2(key, 256), 1, 32).alias("chunk_id"),
        "doc_id",
        F.when(F.col("title") == "", F.col("doc_id")).otherwise(F.col("title")).alias("title"),
        "url", "doc_type", "last_updated",
        F.lit("[]").alias("heading_path"),
        F.col("chunk_index").cast("int").alias("chunk_index"),
        F.col("text").alias("content"),
        "content_hash",
        F.lit(source).alias("source"),
    )


def merge_delta(spark: SparkSession, chunks: DataFrame, table: str, source: str) -> dict:
    """MERGE by chunk_id. The change data feed is on, so that an index can follow the table."""
    types = {"chunk_id": "STRING NOT NULL", "chunk_index": "INT"}
    columns = ", ".join(f"{name} {types.get(name, 'STRING')}" for name in COLUMNS)
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING DELTA TBLPROPERTIES (delta.enableChangeDataFeed = true)"
    )
    feed = [row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect() if row["key"] == "delta.enableChangeDataFeed"]
    if feed != ["true"]:
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES (delta.enableChangeDataFeed = true)")
    check_chunks(spark.table(table), table)
    chunks.createOrReplaceTempView("lakedesk_chunks")
    others = [name for name in COLUMNS if name != "chunk_id"]
    differs = " OR ".join(f"NOT (c.{name} <=> n.{name})" for name in others)
    said = spark.sql(
        f"MERGE INTO {table} AS c USING lakedesk_chunks AS n ON c.chunk_id = n.chunk_id "
        f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f'c.{name} = n.{name}' for name in others)} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(COLUMNS)}) VALUES ({', '.join(f'n.{name}' for name in COLUMNS)}) "
        f"WHEN NOT MATCHED BY SOURCE AND c.source = {literal(source)} THEN DELETE"
    ).first()
    counts = said.asDict() if said is not None else {}
    return {kind: counts.get(f"num_{kind}_rows") for kind in ("inserted", "updated", "deleted")}


def merge_parquet(spark: SparkSession, chunks: DataFrame, folder: str, source: str) -> dict:
    """The same over a folder, which is written anew and then takes the place of the old one."""
    there = spark.read.parquet(folder) if os.path.isdir(folder) else spark.createDataFrame([], chunks.schema)
    before = there.select(*COLUMNS)
    check_chunks(before, folder)
    foreign = before.where(F.col("source") != F.lit(source)).join(chunks.select("chunk_id"), "chunk_id", "left_anti")
    old = before.alias("c").join(chunks.alias("n"), F.col("c.chunk_id") == F.col("n.chunk_id"), "full_outer")
    differs = F.lit(False)
    for name in COLUMNS:
        differs = differs | ~F.col(f"c.{name}").eqNullSafe(F.col(f"n.{name}"))
    counts = old.agg(
        F.count(F.when(F.col("c.chunk_id").isNull(), 1)).alias("inserted"),
        F.count(F.when(F.col("c.chunk_id").isNotNull() & F.col("n.chunk_id").isNotNull() & differs, 1)).alias("updated"),
        F.count(F.when(F.col("n.chunk_id").isNull() & (F.col("c.source") == F.lit(source)), 1)).alias("deleted"),
    ).first()
    fresh = folder.rstrip("/") + ".new"
    foreign.select(*COLUMNS).unionByName(chunks).write.mode("overwrite").parquet(fresh)
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(fresh, folder)
    return counts.asDict()


def check_chunks(table: DataFrame, name: str) -> None:
    repeated = table.groupBy("chunk_id").count().where("count > 1").count()
    if repeated:
        raise Refused(f"{name} holds {repeated} chunk_ids more than once, as appending leaves them. Delete those rows, then run this again.")


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def run(spark: SparkSession, options: argparse.Namespace) -> dict:
    if options.size < 1 or not 0 <= options.overlap < options.size:
        raise Refused("The overlap must be smaller than the window, and neither may be negative.")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    on_files = options.format == "parquet"
    raw = spark.read.parquet(options.documents) if on_files else spark.table(options.documents)
    documents = texts_of(raw)
    count = check_keys(documents)
    print(f"{count} documents in {options.documents}", flush=True)
    chunks = cut(documents, options.source or options.documents, options.size, options.overlap)
    # Everything else is decided by chunk_id, so it is looked at before anything is written.
    total, distinct = chunks.agg(F.count("*"), F.countDistinct("chunk_id")).first()
    if total != distinct:
        raise Refused(f"{total - distinct} chunks share an id with another one.")
    print(f"{total} chunks", flush=True)
    merge = merge_parquet if on_files else merge_delta
    counts = merge(spark, chunks, options.chunks, options.source or options.documents)
    return {"documents": count, "chunks": total, **counts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", required=True, help="table of whole documents")
    parser.add_argument("--chunks", required=True, help="table of chunks; made where it is missing")
    parser.add_argument("--size", type=int, default=512, help="characters of a window")
    parser.add_argument("--overlap", type=int, default=64, help="characters that a window shares with the one before")
    parser.add_argument("--format", choices=["delta", "parquet"], default="delta")
    parser.add_argument("--source", help="name of the source in the table of chunks; by default that of the documents")
    spark = SparkSession.builder.getOrCreate()
    try:
        print(json.dumps(run(spark, parser.parse_args())), flush=True)
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
