"""Fragment T.4.1: a managed fine-tuning run over REST, followed to its end, and the version that it registered."""

from workspace import MODEL, VOLUME, call, wait

# CORRECTED: the models that may be trained are asked for. The local lakehouse has no GPU: it trains the head of a classifier.
models = call("GET", "/api/2.0/fine-tuning/models")["models"]
model = models[0]["name"] if isinstance(models[0], dict) else models[0]

payload = {
    "model": model,
    # CORRECTED: JSON lines in a volume, one conversation a line: the default task is CHAT_COMPLETION.
    "train_data_path": f"dbfs:{VOLUME}/instruction_pairs_train.jsonl",
    "task_type": "CHAT_COMPLETION",
    "training_duration": "20ep",
    "register_to": MODEL,
    # LEFT OUT: data_prep_cluster_id belongs to training from a Delta table alone; a learning rate of 5e-6 is one for a large model.
}
# CORRECTED: a refusal is told before the run id is read (see `call`).
run_id = call("POST", "/api/2.0/fine-tuning/runs/create", json=payload)["run_id"]
print(f"Fine-tuning run started: {run_id}")

# CORRECTED: a run that was started is not a model. It is followed until it has ended.
run = wait(
    "The run",
    lambda: call("GET", f"/api/2.0/fine-tuning/runs/{run_id}"),
    lambda seen: seen["status"] == "COMPLETED",
    lambda seen: seen["status"] in ("FAILED", "STOPPED", "CANCELED"),
)
versions = call("GET", f"/api/2.1/unity-catalog/models/{MODEL}/versions")["model_versions"]
print(f"Registered: {MODEL} version {max(one['version'] for one in versions)}, MLflow run {run.get('mlflow_run_id')}")
