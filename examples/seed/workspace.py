"""What every program of this folder needs: the workspace, from the environment, and statements on its SQL warehouse.

    DATABRICKS_HOST, DATABRICKS_TOKEN   the workspace; `lakedesk lakehouse` prints those of the local one
    DATABRICKS_WAREHOUSE_ID             its SQL warehouse
"""

import os
import sys
import time

import requests

CATALOG = "ml_catalog"
MODEL = f"{CATALOG}.llm_models.ticket_classifier"
ENDPOINT = "support-llm-endpoint"
VOLUME = f"/Volumes/{CATALOG}/rag_data/code"
SEARCH_ENDPOINT = "llm-rag-endpoint"
INDEX = f"{CATALOG}.rag_data.product_docs_index"


def env(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        sys.exit(f"{name} is not set. `lakedesk lakehouse` prints what to set for the local lakehouse.")
    return value


HOST = env("DATABRICKS_HOST").rstrip("/")
TOKEN = env("DATABRICKS_TOKEN")


def call(method: str, path: str, **more):
    """One call of the REST API. A refusal ends the program with what the workspace said, and never with a missing key."""
    answer = requests.request(
        method, f"{HOST}{path}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60, **more
    )
    if not answer.ok:
        sys.exit(f"{method} {path} was refused with {answer.status_code}: {answer.text[:500]}")
    return answer.json() if answer.content else {}


def wait(what: str, look, done, failed=lambda _: False, seconds: float = 600):
    """Looks until it is done. Nothing on a lakehouse is ready the moment it was asked for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if failed(seen):
            sys.exit(f"{what} failed: {seen}")
        if done(seen):
            return seen
        time.sleep(0.3)
    sys.exit(f"{what} was not ready within {seconds:.0f} s: {seen}")


def sql(statement: str, **parameters: str):
    """Rows of one statement. A statement that fails does so at HTTP 200: its state has to be looked at."""
    body = {
        "warehouse_id": env("DATABRICKS_WAREHOUSE_ID"),
        "statement": statement,
        "wait_timeout": "30s",
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
    }
    said = call("POST", "/api/2.0/sql/statements", json=body)
    said = wait(
        "The statement",
        lambda: call("GET", f"/api/2.0/sql/statements/{said['statement_id']}"),
        lambda seen: seen["status"]["state"] not in ("PENDING", "RUNNING"),
    )
    if said["status"]["state"] != "SUCCEEDED":
        sys.exit(f"The statement failed: {said['status'].get('error', {}).get('message')}")
    columns = [column["name"] for column in said.get("manifest", {}).get("schema", {}).get("columns", [])]
    return columns, said.get("result", {}).get("data_array", [])
