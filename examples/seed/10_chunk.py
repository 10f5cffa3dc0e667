"""Fragment T.4.8: the ingestion job, submitted by the Jobs API: documents are cut into windows and merged into the table of the index.

The program itself is the one that Lakedesk ships: src/platform/databricks/programs/chunk_documents.py. What it corrects of the chapter's:
`monotonically_increasing_id()` gives other ids each time, and `append` then doubles every chunk. Its ids are hashes of document and position, and
rows are merged: running it twice changes nothing, and what is gone from the documents goes from the chunks. It turns the change data feed on, which a
Delta Sync index needs. And it does not make the index follow: with TRIGGERED somebody has to call sync (08_index.py, or Lakedesk's `/ingest`).
"""

import hashlib
import pathlib

from workspace import CATALOG, VOLUME, call, sql, wait

program = pathlib.Path(__file__).parent.parent.parent / "src/platform/databricks/programs/chunk_documents.py"
code = program.read_bytes()
digest = hashlib.sha256(code).hexdigest()[:16]
path = f"{VOLUME}/chunk_documents-{digest}.py"
call("PUT", f"/api/2.0/fs/files{path}?overwrite=true", data=code)

submitted = call(
    "POST",
    "/api/2.2/jobs/runs/submit",
    json={
        "run_name": "chunk documents",
        "environments": [{"environment_key": "default", "spec": {"environment_version": "4", "dependencies": []}}],
        "tasks": [
            {
                "task_key": "chunk",
                "environment_key": "default",
                "spark_python_task": {
                    "python_file": path,
                    "parameters": [
                        "--documents", f"{CATALOG}.rag_data.raw_documents",
                        "--chunks", f"{CATALOG}.rag_data.product_docs",
                        "--size", "512", "--overlap", "64",
                    ],
                },
            }
        ],
    },
)
run = wait(
    "The job",
    lambda: call("GET", f"/api/2.2/jobs/runs/get?run_id={submitted['run_id']}"),
    lambda seen: seen["state"]["life_cycle_state"] in ("TERMINATED", "SKIPPED", "INTERNAL_ERROR"),
)
if run["state"].get("result_state") != "SUCCESS":
    raise SystemExit(f"The job failed: {run['state'].get('state_message')}")
_, rows = sql(f"SELECT count(*), count(DISTINCT chunk_id), count(DISTINCT doc_id) FROM {CATALOG}.rag_data.product_docs")
print(f"{rows[0][0]} chunks with {rows[0][1]} keys of {rows[0][2]} documents")
