"""Databricks' own SDK, and MLflow's client as it speaks to Databricks, at work on a workspace.

Usage: databricks_clients.py sdk|mlflow MODEL ENDPOINT, or databricks_clients.py sql WAREHOUSE STATEMENT,
with DATABRICKS_HOST and DATABRICKS_TOKEN set.
Prints one line of JSON, the last of its output.
"""

import json
import sys
import tempfile
from datetime import timedelta


def use_sdk(model, endpoint):
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.errors import NotFound, ResourceConflict
    from databricks.sdk.service.catalog import PermissionsChange, Privilege
    from databricks.sdk.service.serving import Route, ServedEntityInput, TrafficConfig

    client = WorkspaceClient(auth_type="pat")

    def entity(version):
        return ServedEntityInput(
            name=f"rag-{version}",
            entity_name=model,
            entity_version=version,
            workload_size="Small",
            scale_to_zero_enabled=True,
        )

    client.registered_models.set_alias(full_name=model, alias="Champion", version_num=2)
    champion = client.model_versions.get_by_alias(full_name=model, alias="Champion")
    traffic = TrafficConfig(routes=[Route(served_entity_name="rag-2", served_model_name="rag-2", traffic_percentage=100)])
    update = client.serving_endpoints.update_config(
        name=endpoint, served_entities=[entity("2")], traffic_config=traffic
    )
    try:
        client.serving_endpoints.update_config(name=endpoint, served_entities=[entity("3")])
        conflict = "none"
    except ResourceConflict as error:
        conflict = str(error)
    done = update.result(timeout=timedelta(seconds=30))
    answer = client.serving_endpoints.query(name=endpoint, dataframe_records=[{"question": "Why?"}])
    rights = client.serving_endpoints.get_permissions(serving_endpoint_id=done.id)
    try:
        client.serving_endpoints.get_permissions(serving_endpoint_id=endpoint)
        by_name = "found"
    except NotFound:
        by_name = "not found"
    change = PermissionsChange(principal="rag team", add=[Privilege.EXECUTE])
    client.grants.update(securable_type="schema", full_name=model.rsplit(".", 1)[0], changes=[change])
    effective = client.grants.get_effective(securable_type="function", full_name=model)
    return {
        "me": client.current_user.me().user_name,
        "workspace": client.get_workspace_id(),
        "users": [user.user_name for user in client.users.list(filter='userName eq "ana@example.com"')],
        "champion": champion.version,
        "versions": sorted(one.version for one in client.model_versions.list(full_name=model)),
        "conflict": conflict,
        "state": [done.state.ready.value, done.state.config_update.value],
        "served": [one.entity_version for one in done.config.served_entities],
        "predictions": answer.predictions,
        "permissions": [one.user_name for one in rights.access_control_list],
        "permissions_by_name": by_name,
        "effective": [
            [row.principal, one.privilege.value, one.inherited_from_name]
            for row in effective.privilege_assignments
            for one in row.privileges
        ],
    }


def use_mlflow(model, _endpoint):
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(tracking_uri="databricks", registry_uri="databricks-uc")
    client.set_registered_model_alias(model, "Candidate", "3")
    candidate = client.get_model_version_by_alias(model, "Candidate")
    client.set_registered_model_alias(model, "Old", "1")
    client.delete_registered_model_alias(model, "Old")
    experiment_id = client.create_experiment("/Shared/from-python")
    run_id = client.create_run(experiment_id, run_name="from Python", tags={"set": "golden"}).info.run_id
    client.log_batch(run_id, metrics=[Metric("good", 0.5, 1000, 0)], params=[Param("top_k", "5")])
    client.log_text(run_id, "Grüße", "notes/hello.txt")
    client.set_terminated(run_id, "FINISHED")
    found = client.search_runs([experiment_id], "tags.set = 'golden' and metrics.good > 0.4")
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, "notes/hello.txt", folder), encoding="utf-8") as file:
            text = file.read()
    return {
        "experimentId": experiment_id,
        "runId": run_id,
        "candidate": str(candidate.version),
        "versions": sorted(int(one.version) for one in client.search_model_versions(f"name='{model}'")),
        "found": [run.info.run_id for run in found],
        "history": [[one.value, one.step] for one in client.get_metric_history(run_id, "good")],
        "text": text,
    }


def use_sql(warehouse, statement):
    from urllib.request import urlopen

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.errors import InvalidParameterValue, NotFound
    from databricks.sdk.service.sql import Disposition, StatementParameterListItem, StatementState

    client = WorkspaceClient(auth_type="pat")
    before = [[one.name, one.state.value] for one in client.warehouses.list()]
    started = client.warehouses.start(id=warehouse).result(timeout=timedelta(seconds=30))
    sql = client.statement_execution
    parameters = [StatementParameterListItem(name="least", value="1", type="INT")]
    ended = sql.execute_statement(statement, warehouse, parameters=parameters, wait_timeout="30s")
    rows = list(ended.result.data_array)
    following = ended.result.next_chunk_index
    while following is not None:
        chunk = sql.get_statement_result_chunk_n(ended.statement_id, following)
        rows += chunk.data_array
        following = chunk.next_chunk_index

    begun = sql.execute_statement(
        statement,
        warehouse,
        parameters=parameters,
        wait_timeout="0s",
        disposition=Disposition.EXTERNAL_LINKS,
        row_limit=2,
    )
    seen = begun
    while seen.status.state in (StatementState.PENDING, StatementState.RUNNING):
        seen = sql.get_statement(begun.statement_id)
    with urlopen(seen.result.external_links[0].external_link) as answer:
        linked = json.load(answer)

    failed = sql.execute_statement("SELECT * FROM nowhere", warehouse, wait_timeout="30s")
    try:
        sql.execute_statement(statement, "absent")
        refused = "none"
    except InvalidParameterValue as error:
        refused = str(error)
    try:
        client.warehouses.get("absent")
        unknown = "found"
    except NotFound:
        unknown = "not found"
    return {
        "before": before,
        "started": started.state.value,
        "columns": [[one.name, one.type_name.value, one.type_text] for one in ended.manifest.schema.columns],
        "chunks": ended.manifest.total_chunk_count,
        "rows": rows,
        "begun": begun.status.state.value,
        "linked": linked,
        "truncated": seen.manifest.truncated,
        "failed": [failed.status.state.value, failed.status.error.error_code.value, failed.status.error.message],
        "refused": refused,
        "unknown": unknown,
    }


def main():
    action, *names = sys.argv[1:]
    print(json.dumps({"sdk": use_sdk, "mlflow": use_mlflow, "sql": use_sql}[action](*names)))


main()
