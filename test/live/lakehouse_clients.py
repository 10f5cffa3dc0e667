"""Official clients of Databricks at work on a lakehouse, area by area: what each call said, as one line of JSON (the last of the output).

Usage: lakehouse_clients.py AREA, with DATABRICKS_HOST, DATABRICKS_TOKEN and DATABRICKS_WAREHOUSE_ID set.
"""

import io
import json
import os
import sys
import time
from datetime import timedelta

HOST = os.environ["DATABRICKS_HOST"]
TOKEN = os.environ["DATABRICKS_TOKEN"]
WAREHOUSE = os.environ["DATABRICKS_WAREHOUSE_ID"]
SHORT = timedelta(seconds=40)


def workspace():
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

    return WorkspaceClient(config=Config(host=HOST, token=TOKEN, auth_type="pat", retry_timeout_seconds=20))


def refusal(work):
    """Class and words of what the client raises."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - its class is what is looked at
        return [type(error).__name__, str(error)]
    return ["nothing", ""]


def sign_in():
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

    client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    m2m = WorkspaceClient(config=Config(host=HOST, client_id=client_id, client_secret=secret, auth_type="oauth-m2m"))
    me = m2m.current_user.me()
    wrong = lambda: WorkspaceClient(
        config=Config(host=HOST, client_id=client_id, client_secret="wrong", auth_type="oauth-m2m")
    ).current_user.me()
    stranger = lambda: WorkspaceClient(config=Config(host=HOST, token="dapi-wrong", auth_type="pat")).current_user.me()
    return {
        "me": me.user_name,
        "workspace": m2m.get_workspace_id(),
        "wrong_secret": refusal(wrong)[0],
        "wrong_token": refusal(stranger)[0],
    }


def people():
    from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType

    client = workspace()
    table = "ml_catalog.support.people_table"
    run_sql(client, "CREATE TABLE IF NOT EXISTS ml_catalog.support.people_table (a STRING)")
    client.grants.update(
        securable_type="schema",
        full_name="ml_catalog.support",
        changes=[PermissionsChange(principal="ana@acme.example", add=[Privilege.SELECT, Privilege.USE_SCHEMA])],
    )
    direct = client.grants.get(securable_type="schema", full_name="ml_catalog.support")
    effective = client.grants.get_effective(securable_type="table", full_name=table, principal="ana@acme.example")
    info = client.tables.get(full_name=table)
    client.volumes.create("ml_catalog", "support", "letters", VolumeType.MANAGED)
    return {
        "owners": [
            client.catalogs.get("ml_catalog").owner,
            client.schemas.get("ml_catalog.support").owner,
            client.volumes.read("ml_catalog.support.letters").owner,
        ],
        "me": client.current_user.me().user_name,
        "found": [[one.user_name, one.active] for one in client.users.list(filter='userName eq "ana@acme.example"')],
        "nobody": [one.user_name for one in client.users.list(filter='userName eq "nobody@acme.example"')],
        "direct": sorted([row.principal, sorted(one.value for one in row.privileges)] for row in direct.privilege_assignments),
        "effective": sorted(
            [row.principal, one.privilege.value, one.inherited_from_name]
            for row in effective.privilege_assignments
            for one in row.privileges
        ),
        "table": [info.full_name, [column.name for column in info.columns]],
        "exists": client.tables.exists(full_name=table).table_exists,
        "catalogs": "ml_catalog" in [one.name for one in client.catalogs.list()],
        "schemas": "support" in [one.name for one in client.schemas.list(catalog_name="ml_catalog")],
        "no_table": refusal(lambda: client.tables.get(full_name="ml_catalog.support.none"))[0],
    }


def run_sql(client, statement):
    from databricks.sdk.service.sql import StatementState

    said = client.statement_execution.execute_statement(statement, WAREHOUSE, wait_timeout="50s")
    while said.status.state in (StatementState.PENDING, StatementState.RUNNING):
        said = client.statement_execution.get_statement(said.statement_id)
    if said.status.state != StatementState.SUCCEEDED:
        raise RuntimeError(said.status.error.message)
    return said.result.data_array if said.result else None


def files():
    client = workspace()
    folder = "/Volumes/ml_catalog/rag_data/code/from python"
    path = f"{folder}/Grüße & co.txt"
    client.files.create_directory(folder)
    client.files.upload(path, io.BytesIO("Grüße".encode()), overwrite=True)
    text = client.files.download(path).contents.read().decode()
    facts = client.files.get_metadata(path)
    again = refusal(lambda: client.files.upload(path, io.BytesIO(b"x"), overwrite=False))
    listed = [[one.name, one.file_size] for one in client.files.list_directory_contents(folder)]
    client.files.delete(path)
    gone = refusal(lambda: client.files.download(path))
    return {"text": text, "length": facts.content_length, "again": again[0], "listed": listed, "gone": gone[0]}


def secrets():
    import base64

    client = workspace()
    client.secrets.create_scope("rag-scope")
    twice = refusal(lambda: client.secrets.create_scope("rag-scope"))
    client.secrets.put_secret("rag-scope", "slack-token", string_value="xoxb-geheim")
    value = base64.b64decode(client.secrets.get_secret("rag-scope", "slack-token").value).decode()
    keys = [one.key for one in client.secrets.list_secrets("rag-scope")]
    missing = refusal(lambda: client.secrets.get_secret("no-scope", "x"))
    client.secrets.delete_secret("rag-scope", "slack-token")
    client.secrets.delete_scope("rag-scope")
    return {"twice": twice[0], "value": value, "keys": keys, "missing": missing[0]}


def jobs():
    from databricks.sdk.service.compute import Environment
    from databricks.sdk.service.jobs import JobEnvironment, SparkPythonTask, SubmitTask

    client = workspace()
    program = open(os.environ["CHUNK_PROGRAM"], "rb").read()
    path = "/Volumes/ml_catalog/rag_data/code/chunk_documents.py"
    client.files.upload(path, io.BytesIO(program), overwrite=True)
    run_sql(
        client,
        "CREATE OR REPLACE TABLE ml_catalog.rag_data.py_documents AS SELECT * FROM VALUES "
        "('d1', 'One', 'guide', '2026-01-01', repeat('one two three four ', 60)), ('d2', 'Two', 'guide', '2026-01-02', 'short') "
        "AS v(doc_id, title, doc_type, last_updated, content)",
    )
    task = SubmitTask(
        task_key="chunk",
        environment_key="default",
        spark_python_task=SparkPythonTask(
            python_file=path,
            parameters=[
                "--documents", "ml_catalog.rag_data.py_documents",
                "--chunks", "ml_catalog.rag_data.py_docs",
                "--size", "512", "--overlap", "64",
            ],
        ),
    )
    environments = [JobEnvironment(environment_key="default", spec=Environment(environment_version="4"))]
    submit = lambda: client.jobs.submit(
        run_name="chunk", tasks=[task], environments=environments, idempotency_token="python-1"
    )
    first = submit()
    done = first.result(timeout=SHORT)
    again = submit().result(timeout=SHORT)
    output = client.jobs.get_run_output(done.tasks[0].run_id)
    return {
        "state": [done.state.life_cycle_state.value, done.state.result_state.value],
        "status": [done.status.state.value, done.status.termination_details.code.value],
        "run_id": done.run_id,
        "same_run": again.run_id == done.run_id,
        "rows": run_sql(client, "SELECT count(*), count(DISTINCT chunk_id) FROM ml_catalog.rag_data.py_docs"),
        "log": output.logs or "",
        "jobs": [one.job_id for one in client.jobs.list(limit=1)],
        "listed": done.run_id in [one.run_id for one in client.jobs.list_runs(limit=20)],
        "missing": refusal(lambda: client.jobs.get_run(987654321))[0],
        "cancel_missing": refusal(lambda: client.jobs.cancel_run(987654321))[0],
    }


def chat():
    from openai import OpenAI

    client = OpenAI(api_key=TOKEN, base_url=f"{HOST}/serving-endpoints", max_retries=0)
    endpoints = list(workspace().serving_endpoints.list())
    named = [[one.name, one.task, one.creator] for one in endpoints if one.name.startswith("databricks-")]
    model = next(one.name for one in endpoints if one.task == "llm/v1/chat")
    embedder = next(one.name for one in endpoints if one.name == "databricks-gte-large-en")
    messages = [{"role": "user", "content": "How long are backups kept?"}]
    tools = [
        {
            "type": "function",
            "function": {
                "name": "search-docs",
                "description": "Looks up passages of the documentation.",
                "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
            },
        }
    ]
    whole = client.chat.completions.create(model=model, messages=messages, tools=tools, max_tokens=200)
    pieces = list(
        client.chat.completions.create(
            model=model, messages=messages, tools=tools, max_tokens=200, stream=True, stream_options={"include_usage": True}
        )
    )
    calls = [call.function.name for call in whole.choices[0].message.tool_calls or []]
    streamed = [
        call.function.name
        for piece in pieces
        for choice in piece.choices
        for call in choice.delta.tool_calls or []
        if call.function.name
    ]
    vectors = client.embeddings.create(model=embedder, input=["a backup", "an invoice"])
    retired = refusal(lambda: client.chat.completions.create(model="databricks-dbrx-instruct", messages=messages))
    many = refusal(lambda: client.embeddings.create(model=embedder, input=["x"] * 151))
    queried = workspace().serving_endpoints.query(
        name=model, messages=_sdk_messages("Hello"), max_tokens=50
    )
    return {
        "named": sorted(named),
        "calls": calls,
        "streamed": streamed,
        "finish": [whole.choices[0].finish_reason, pieces[-1].object],
        "usage": whole.usage.total_tokens > 0,
        "vectors": [[one.index, len(one.embedding)] for one in vectors.data],
        "retired": retired[0],
        "many": many,
        "answered_by": queried.model,
    }


def _sdk_messages(text):
    from databricks.sdk.service.serving import ChatMessage, ChatMessageRole

    return [ChatMessage(role=ChatMessageRole.USER, content=text)]


def search():
    """databricks-vectorsearch: endpoints, a Delta Sync and a Direct Access index, in the client's own words."""
    from databricks.vector_search.client import VectorSearchClient

    return use_search(VectorSearchClient(workspace_url=HOST, personal_access_token=TOKEN, disable_notice=True), "vs")


def ai_search():
    """The same client under its new name."""
    from databricks.ai_search.client import AISearchClient

    return use_search(AISearchClient(workspace_url=HOST, personal_access_token=TOKEN, disable_notice=True), "ais")


def use_search(client, prefix):
    sql = workspace()
    table = f"ml_catalog.rag_data.{prefix}_docs"
    run_sql(
        sql,
        f"CREATE OR REPLACE TABLE {table} TBLPROPERTIES (delta.enableChangeDataFeed = true) AS SELECT * FROM VALUES "
        "('c1', 'Backups are kept for 35 days.', 'guide', 3), ('c2', 'Invoices are sent on the third day.', 'billing', 5), "
        "('c3', 'A webhook that fails is repeated eight times.', 'guide', 8) AS v(chunk_id, content, doc_type, pages)",
    )
    endpoint = f"{prefix}-endpoint"
    client.create_endpoint(name=endpoint, endpoint_type="STANDARD")
    client.wait_for_endpoint(endpoint)
    name = f"ml_catalog.rag_data.{prefix}_index"
    index = client.create_delta_sync_index_and_wait(
        endpoint_name=endpoint,
        index_name=name,
        source_table_name=table,
        pipeline_type="TRIGGERED",
        primary_key="chunk_id",
        embedding_source_column="content",
        embedding_model_endpoint_name="databricks-gte-large-en",
    )
    ask = lambda **more: index.similarity_search(columns=["chunk_id", "doc_type"], query_text="How long are backups kept?", **more)
    first = ask(num_results=2)
    filtered = ask(num_results=3, filters={"doc_type": "billing"})
    hybrid = ask(num_results=1, query_type="HYBRID")
    run_sql(sql, f"INSERT INTO {table} VALUES ('c4', 'Backups run every night.', 'guide', 1)")
    before = index.describe()["status"]["indexed_row_count"]
    index.sync()
    end = time.monotonic() + 30
    while index.describe()["status"]["indexed_row_count"] < 4 and time.monotonic() < end:
        time.sleep(0.2)
    after = index.describe()["status"]["indexed_row_count"]
    wrong = refusal(lambda: ask(num_results=2, filters={"nowhere": 1}))

    direct = client.create_direct_access_index(
        endpoint_name=endpoint,
        index_name=f"ml_catalog.rag_data.{prefix}_direct",
        primary_key="id",
        embedding_dimension=3,
        embedding_vector_column="v",
        schema={"id": "string", "text": "string", "v": "array<float>"},
    )
    direct.wait_until_ready(timeout=SHORT)
    upserted = direct.upsert([{"id": "1", "text": "a", "v": [1.0, 0.0, 0.0]}, {"id": "2", "text": "b", "v": [0.0, 1.0, 0.0]}])
    nearest = direct.similarity_search(columns=["id", "text"], query_vector=[0.9, 0.1, 0.0], num_results=1)
    scanned = direct.scan(num_results=10)
    deleted = direct.delete(primary_keys=["1"])
    left = direct.similarity_search(columns=["id"], query_vector=[0.9, 0.1, 0.0], num_results=5)
    listed = sorted(one["name"] for one in client.list_indexes(endpoint)["vector_indexes"])
    client.delete_index(endpoint, f"ml_catalog.rag_data.{prefix}_direct")
    rows = lambda said: [row[:-1] for row in said["result"]["data_array"]]
    return {
        "columns": [one["name"] for one in first["manifest"]["columns"]],
        "first": rows(first)[0],
        "score": 0 < first["result"]["data_array"][0][-1] <= 1,
        "filtered": rows(filtered),
        "hybrid": rows(hybrid),
        "rows": [before, after],
        "wrong": wrong[1],
        "upserted": upserted["status"],
        "nearest": rows(nearest),
        "scanned": len(scanned["data"]),
        "deleted": deleted["status"],
        "left": rows(left),
        "listed": listed,
    }


def models():
    """MLflow in Databricks mode: a model is logged, registered in Unity Catalog, read back, and its aliases moved."""
    import mlflow
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.models import infer_signature

    mlflow.set_tracking_uri("databricks")
    mlflow.set_registry_uri("databricks-uc")
    mlflow.set_experiment("/Shared/official-clients")
    name = "ml_catalog.rag_apps.from_python"

    class Echo(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input["text"].str.upper()

    example = pd.DataFrame({"text": ["a"]})
    with mlflow.start_run(run_name="official") as run:
        mlflow.log_param("learning_rate", 5e-6)
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_text("Question: {question}", "prompt_template.txt")
        logged = mlflow.pyfunc.log_model(
            name="model", python_model=Echo(), signature=infer_signature(example, ["A"]), pip_requirements=["mlflow"]
        )
    client = MlflowClient()
    loaded = mlflow.pyfunc.load_model(logged.model_uri).predict(pd.DataFrame({"text": ["hello"]})).tolist()
    changed = refusal(lambda: client.log_param(run.info.run_id, "learning_rate", 1))
    version = mlflow.register_model(logged.model_uri, name)
    client.set_registered_model_alias(name, "Champion", version.version)
    champion = client.get_model_version_by_alias(name, "Champion")
    found = client.search_runs(
        [run.info.experiment_id], "params.learning_rate = '5e-06' AND metrics.loss < 0.5", order_by=["metrics.loss DESC"]
    )
    registered = mlflow.pyfunc.load_model(f"models:/{name}@Champion").predict(pd.DataFrame({"text": ["again"]})).tolist()
    return {
        "run_id": run.info.run_id,
        "loaded": loaded,
        "changed": changed[1][:80],
        "history": [[one.value, one.step] for one in client.get_metric_history(run.info.run_id, "loss")],
        "version": [str(version.version), str(champion.version), champion.status],
        "found": [one.info.run_id for one in found] == [run.info.run_id],
        "files": sorted(one.path for one in client.list_artifacts(run.info.run_id)),
        "registered": registered,
    }


def tracking():
    """MLflow in Databricks mode: a file of a run read back, a trace with its spans, and assessments of it."""
    import mlflow
    from mlflow import MlflowClient
    from mlflow.entities import AssessmentSource, Feedback

    mlflow.set_tracking_uri("databricks")
    experiment = mlflow.set_experiment("/Shared/official-clients").experiment_id
    client = MlflowClient()
    with mlflow.start_run(run_name="traced") as run:
        mlflow.log_text("Grüße", "notes/hello.txt")
        with mlflow.start_span(name="answer") as span:
            span.set_inputs({"question": "How long are backups kept?"})
            span.set_outputs({"answer": "35 days"})
    mlflow.flush_trace_async_logging()
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="offline")
    mlflow.log_feedback(trace_id=span.trace_id, name="faithfulness", value=1.0, source=judge, rationale="It is quoted.")
    [given] = mlflow.get_trace(span.trace_id).info.assessments
    better = Feedback(name="faithfulness", value=0.5, source=judge, rationale="Half of it is quoted.")
    mlflow.update_assessment(trace_id=span.trace_id, assessment_id=given.assessment_id, assessment=better)
    later = client.create_run(experiment, run_name="linked")
    client.link_traces_to_run([span.trace_id], later.info.run_id)
    trace = client.get_trace(span.trace_id)
    read = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt")
    client.set_terminated(later.info.run_id)
    return {
        "run_id": run.info.run_id,
        "trace_id": trace.info.trace_id,
        "spans": [[one.name, one.inputs, one.outputs] for one in trace.data.spans],
        "assessments": [[one.name, one.feedback.value, one.rationale] for one in trace.info.assessments],
        "read": read,
        "state": str(trace.info.state),
    }


def datasets():
    """Labelled sets of MLflow 3 by its own client: only towards a plain tracking server it needs no further package of Databricks."""
    import mlflow
    from mlflow.genai.datasets import create_dataset, get_dataset, search_datasets

    mlflow.set_tracking_uri(HOST)
    experiment = mlflow.set_experiment("/Shared/official-clients").experiment_id
    made = create_dataset(name="golden-from-python", experiment_id=[experiment], tags={"by": "python"})
    record = lambda question, answer: {"inputs": {"question": question}, "expectations": {"expected_response": answer}}
    made.merge_records([record("How long are backups kept?", "30 days"), record("Who may promote?", "An approver")])
    made.merge_records([record("How long are backups kept?", "35 days")])
    found = get_dataset(dataset_id=made.dataset_id)
    rows = sorted([row["inputs"]["question"], row["expectations"]["expected_response"]] for row in found.to_df().to_dict("records"))
    gone = next(row["dataset_record_id"] for row in found.to_df().to_dict("records") if "promote" in row["inputs"]["question"])
    deleted = found.delete_records([gone])
    made.merge_records([record("Who may promote?", "An approver")])
    named = search_datasets(filter_string="name = 'golden-from-python'")
    return {"named": [one.dataset_id for one in named] == [made.dataset_id], "deleted": deleted, "rows": rows}


def serving():
    """databricks-sdk: provisioned throughput, and one version of a model."""
    from databricks.sdk.service.serving import PtEndpointCoreConfig, PtServedModel, Route, TrafficConfig

    client = workspace()
    units = lambda count: PtEndpointCoreConfig(
        served_entities=[
            PtServedModel(
                entity_name="ml_catalog.rag_apps.from_python", entity_version="1", name="pt-1", provisioned_model_units=count
            )
        ],
        traffic_config=TrafficConfig(routes=[Route(served_entity_name="pt-1", served_model_name="pt-1", traffic_percentage=100)]),
    )
    client.serving_endpoints.create_provisioned_throughput_endpoint(name="from-python-pt", config=units(50)).result(timeout=SHORT)
    changed = client.serving_endpoints.update_provisioned_throughput_endpoint_config(name="from-python-pt", config=units(100))
    done = changed.result(timeout=SHORT)
    version = client.model_versions.get(full_name="ml_catalog.rag_apps.from_python", version=1)
    return {
        "state": [done.state.ready.value, done.state.config_update.value],
        "units": [one.as_dict().get("provisioned_model_units") for one in done.config.served_entities],
        "version": [version.version, version.status.value],
    }


def renamed():
    """databricks-sdk on the renamed API of AI Search, and the pages of the first one."""
    from databricks.sdk.service.aisearch import (
        DeltaSyncIndexSpec,
        DirectAccessIndexSpec,
        EmbeddingSourceColumn,
        EmbeddingVectorColumn,
        Endpoint,
        EndpointType,
        Index,
        IndexType,
        PipelineType,
    )

    client = workspace()
    search = client.ai_search
    parent = f"workspaces/{client.get_workspace_id()}"
    table = "ml_catalog.rag_data.renamed_docs"
    run_sql(
        client,
        f"CREATE OR REPLACE TABLE {table} TBLPROPERTIES (delta.enableChangeDataFeed = true) AS SELECT * FROM VALUES "
        "('c1', 'Backups are kept for 35 days.', 'guide'), ('c2', 'Invoices are sent on the third day.', 'billing') "
        "AS v(chunk_id, content, doc_type)",
    )
    search.create_endpoint(parent, Endpoint(endpoint_type=EndpointType.STANDARD), endpoint_id="renamed")
    at = f"{parent}/endpoints/renamed"
    until(lambda: search.get_endpoint(at).endpoint_status.state.value == "ONLINE")

    index = f"{at}/indexes/ml_catalog.rag_data.renamed_index"
    source = EmbeddingSourceColumn(name="content", embedding_model_endpoint="databricks-gte-large-en")
    spec = DeltaSyncIndexSpec(pipeline_type=PipelineType.TRIGGERED, source_table=table, embedding_source_columns=[source])
    search.create_index(
        at,
        Index(primary_key="chunk_id", index_type=IndexType.DELTA_SYNC, delta_sync_index_spec=spec),
        index_id="ml_catalog.rag_data.renamed_index",
    )
    until(lambda: search.get_index(index).status.ready)
    ask = lambda **more: search.query_index(index, ["chunk_id", "doc_type"], query_text="How long are backups kept?", **more)
    first = ask(max_results=1)
    filtered = ask(max_results=2, filters_json=json.dumps({"doc_type": "billing"}))
    run_sql(client, f"INSERT INTO {table} VALUES ('c3', 'Backups run every night.', 'guide')")
    search.sync_index(index)
    until(lambda: search.get_index(index).status.indexed_row_count == 3)

    direct = f"{at}/indexes/ml_catalog.rag_data.renamed_direct"
    vector = EmbeddingVectorColumn(name="v", embedding_dimension=2)
    columns = json.dumps({"id": "string", "v": "array<float>"})
    spec = DirectAccessIndexSpec(embedding_vector_columns=[vector], schema_json=columns)
    search.create_index(
        at,
        Index(primary_key="id", index_type=IndexType.DIRECT_ACCESS, direct_access_index_spec=spec),
        index_id="ml_catalog.rag_data.renamed_direct",
    )
    until(lambda: search.get_index(direct).status.ready)
    upserted = search.upsert_data(direct, json.dumps([{"id": "1", "v": [1.0, 0.0]}, {"id": "2", "v": [0.0, 1.0]}]))
    scanned = search.scan_index(direct)
    removed = search.remove_data(direct, ["1"])
    left = search.query_index(direct, ["id"], query_vector=[1.0, 0.0], max_results=5)

    # A page of the first API holds a thousand rows.
    many = [{"id": f"r{nth:04d}", "v": [1.0, nth / 1000]} for nth in range(1200)]
    search.upsert_data(direct, json.dumps(many))
    pages = client.vector_search_indexes
    name = "ml_catalog.rag_data.renamed_direct"
    page = pages.query_index(name, ["id"], query_vector=[1.0, 0.0], num_results=1150)
    more = pages.query_next_page(name, endpoint_name="renamed", page_token=page.next_page_token)
    rows = lambda said: [list(row)[:-1] for row in said.as_dict()["result"]["data_array"]]
    return {
        "first": rows(first),
        "filtered": rows(filtered),
        "columns": [one.name for one in first.manifest.columns],
        "upserted": upserted.status.value,
        "scanned": len(scanned.as_dict()["data"]),
        "removed": removed.status.value,
        "left": rows(left),
        "paged": len({row[0] for one in [page, more] for row in one.as_dict()["result"]["data_array"]}),
    }


def until(done):
    end = time.monotonic() + 30
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("It did not come about within 30 s.")
        time.sleep(0.2)


def evaluate():
    """mlflow.evaluate of a served model, over its /invocations."""
    import mlflow
    import pandas as pd
    import requests
    from mlflow.metrics import MetricValue, make_metric

    mlflow.set_tracking_uri("databricks")
    mlflow.set_experiment("/Shared/official-clients")
    url, field = os.environ["INVOCATIONS_URL"], os.environ["INVOCATIONS_FIELD"]

    def ask(rows):
        records = [{field: text} for text in rows["inputs"]]
        said = requests.post(url, json={"dataframe_records": records}, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
        said.raise_for_status()
        return [json.dumps(one) for one in said.json()["predictions"]]

    def filled(predictions, targets):
        scores = [1.0 if str(target) in prediction else 0.0 for prediction, target in zip(predictions, targets)]
        return MetricValue(scores=scores, aggregate_results={"mean": sum(scores) / len(scores)})

    data = pd.DataFrame(json.loads(os.environ["INVOCATIONS_ROWS"]))
    with mlflow.start_run():
        result = mlflow.models.evaluate(
            model=ask,
            data=data,
            targets="ground_truth",
            evaluators="default",
            extra_metrics=[make_metric(eval_fn=filled, greater_is_better=True, name="holds", version="v1")],
        )
    return {"metrics": result.metrics, "rows": len(result.tables["eval_results_table"])}


AREAS = {
    "sign-in": sign_in,
    "people": people,
    "files": files,
    "secrets": secrets,
    "jobs": jobs,
    "chat": chat,
    "search": search,
    "ai-search": ai_search,
    "renamed": renamed,
    "models": models,
    "serving": serving,
    "tracking": tracking,
    "datasets": datasets,
    "evaluate": evaluate,
}

if __name__ == "__main__":
    print(json.dumps(AREAS[sys.argv[1]]()))
