"""Fragment T.4.7: the alias Champion and the serving endpoint, moved to one version, one after the other.

Lakedesk does this by `/promote`: with evidence, an approval, and a way back where the second half fails.
"""

import sys

import mlflow
from mlflow import MlflowClient

from workspace import ENDPOINT, HOST, MODEL, TOKEN, call, wait

mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks-uc")
client = MlflowClient()
version = sys.argv[1] if len(sys.argv) > 1 else str(max(int(one.version) for one in client.search_model_versions(f"name='{MODEL}'")))

# Aliases have taken the place of stages: Unity Catalog has none.
client.set_registered_model_alias(name=MODEL, alias="Champion", version=version)

# CORRECTED: served_entities instead of served_models; no name inside of the config; the version is pinned here. The chapter says that the alias
# decouples the endpoint from the version: it does not. An endpoint serves what its config names, and moves only when the config is replaced.
config = {
    "served_entities": [
        {
            "name": f"champion-{version}",
            "entity_name": MODEL,
            "entity_version": version,
            "workload_size": "Small",
            "scale_to_zero_enabled": True,
        }
    ],
    "traffic_config": {"routes": [{"served_entity_name": f"champion-{version}", "traffic_percentage": 100}]},
}
# CORRECTED: an endpoint that does not exist cannot be updated. It is created first.
names = [one["name"] for one in call("GET", "/api/2.0/serving-endpoints")["endpoints"]]
if ENDPOINT in names:
    call("PUT", f"/api/2.0/serving-endpoints/{ENDPOINT}/config", json=config)
else:
    call("POST", "/api/2.0/serving-endpoints", json={"name": ENDPOINT, "config": config})

# CORRECTED: both states count. `ready` stays READY while the old version still answers.
wait(
    "The endpoint",
    lambda: call("GET", f"/api/2.0/serving-endpoints/{ENDPOINT}")["state"],
    lambda state: state["ready"] == "READY" and state["config_update"] == "NOT_UPDATING",
    lambda state: state["config_update"] in ("UPDATE_FAILED", "UPDATE_CANCELED"),
)
champion = client.get_model_version_by_alias(MODEL, "Champion")
answer = call(
    "POST",
    f"/serving-endpoints/{ENDPOINT}/invocations",
    json={"dataframe_records": [{"text": "My card was billed twice for one invoice."}]},
)
print(f"Champion is version {champion.version}; {ENDPOINT} says {answer['predictions']}")
