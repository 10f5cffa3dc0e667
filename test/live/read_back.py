"""What MLflow's own Python client sees of that which Lakedesk wrote, and what it writes for Lakedesk to read.

Usage: read_back.py read|promoted|said|write URL JSON. Prints one line of JSON, the last of its output.
"""

import json
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.genai.datasets import get_dataset


def read_text(client, run_id, path):
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, path, folder), encoding="utf-8") as file:
            return file.read()


def list_files(client, run_id, folder=None):
    found = []
    for file in client.list_artifacts(run_id, folder):
        found += list_files(client, run_id, file.path) if file.is_dir else [file.path]
    return sorted(found)


def show_assessment(one):
    error = one.feedback.error
    return {
        "name": one.name,
        "source": [one.source.source_type, one.source.source_id],
        "value": one.feedback.value,
        "error": error and [error.error_code, error.error_message],
        "rationale": one.rationale,
    }


def show_trace(trace):
    span = trace.data.spans[0]
    return {
        "state": str(trace.info.state.value),
        "duration_ms": trace.info.execution_duration,
        "request_time_ms": trace.info.request_time,
        "source_run": trace.info.trace_metadata.get("mlflow.sourceRun"),
        "tags": {k: v for k, v in trace.info.tags.items() if not k.startswith("mlflow.")},
        "spans": len(trace.data.spans),
        "inputs": span.inputs,
        "outputs": span.outputs,
        "span_type": span.span_type,
        "span_status": str(span.status.status_code.value),
        "span_ms": (span.end_time_ns - span.start_time_ns) / 1e6,
        "assessments": sorted((show_assessment(a) for a in trace.info.assessments), key=lambda a: a["name"]),
    }


def read(client, wanted):
    run_id, model = wanted["runId"], wanted["model"]
    run = client.get_run(run_id)
    champion = client.get_model_version_by_alias(model, wanted["alias"])
    found = client.search_traces(locations=[run.info.experiment_id], run_id=run_id)
    return {
        "experiment": client.get_experiment(run.info.experiment_id).name,
        "run": {"name": run.info.run_name, "status": run.info.status, "ended": run.info.end_time is not None},
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
        "history": [[m.value, m.timestamp, m.step] for m in client.get_metric_history(run_id, wanted["metric"])],
        "files": list_files(client, run_id),
        "texts": {path: read_text(client, run_id, path) for path in wanted["texts"]},
        "champion": {
            "version": str(champion.version),
            "source": champion.source,
            "run_id": champion.run_id,
            "description": champion.description,
            "tags": champion.tags,
            "status": champion.status,
        },
        "aliases": {k: str(v) for k, v in client.get_registered_model(model).aliases.items()},
        "versions": sorted(int(v.version) for v in client.search_model_versions(f"name = '{model}'")),
        "trace": show_trace(client.get_trace(wanted["traceId"], display=False)),
        "traces_of_run": [one.info.trace_id for one in found],
        "dataset": [
            {"inputs": r["inputs"], "expectations": r["expectations"], "tags": r["tags"]}
            for r in get_dataset(name=wanted["dataset"]).to_df().to_dict("records")
        ],
    }


def evaluated(client, run):
    traces = client.search_traces(locations=[run.info.experiment_id], run_id=run.info.run_id)
    return {
        "version": run.data.params["version"],
        "status": run.info.status,
        "rows": run.data.metrics["rows"],
        "faithfulness": run.data.metrics["faithfulness/v1/mean"],
        "files": list_files(client, run.info.run_id),
        "traces": len(traces),
        "assessed": sorted({a.name for trace in traces for a in trace.info.assessments}),
        "unassessed": sum(1 for trace in traces if not trace.info.assessments),
    }


def promoted(client, wanted):
    champion = client.get_model_version_by_alias(wanted["model"], "Champion")
    evaluations = client.get_experiment_by_name("/Shared/lakedesk-evaluations")
    runs = client.search_runs([evaluations.experiment_id], f"params.model = '{wanted['model']}'")
    return {
        "champion": str(champion.version),
        "files": list_files(client, champion.run_id),
        "params": client.get_run(champion.run_id).data.params,
        "evaluations": sorted((evaluated(client, run) for run in runs), key=lambda one: one["version"]),
    }


def said(client, wanted):
    """Traces, of whatever experiment, with what this person said of their answers."""
    experiments = [one.experiment_id for one in client.search_experiments()]
    found = client.search_traces(locations=experiments, max_results=500)
    # Expectations, which others write into the same server, are no feedback.
    by = lambda one: any(a.feedback and a.source.source_id == wanted["principal"] for a in one.info.assessments)
    return [show_trace(one) for one in found if by(one)]


def write(client, wanted):
    model = wanted["model"]
    experiment_id = client.create_experiment(wanted["experiment"])
    run = client.create_run(experiment_id, run_name="from Python", tags={"version": "7"})
    run_id = run.info.run_id
    client.log_batch(run_id, metrics=[Metric("good", 0.5, 1000, 0), Metric("bad", float("nan"), 1000, 0)])
    client.log_metric(run_id, "endless", float("inf"), timestamp=1000)
    client.log_param(run_id, "top_k", 5)
    client.log_text(run_id, "Grüße", "notes/hello.txt")
    client.set_terminated(run_id, "FAILED")
    client.create_registered_model(model)
    for _ in range(2):
        client.create_model_version(model, f"runs:/{run_id}/chain", run_id, description="by hand", tags={"by": "hand"})
    client.set_registered_model_alias(model, "Champion", "1")
    mlflow.set_experiment(experiment_id=experiment_id)
    with mlflow.start_span(name="ask") as span:
        span.set_inputs({"question": "why?"})
        span.set_outputs("because")
    mlflow.flush_trace_async_logging()
    mlflow.log_feedback(trace_id=span.trace_id, name="good", value=True)
    mlflow.log_expectation(trace_id=span.trace_id, name="expected", value="because")
    return {"experimentId": experiment_id, "runId": run_id, "traceId": span.trace_id}


def main():
    action, url, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
    mlflow.set_tracking_uri(url)
    done = {"read": read, "promoted": promoted, "said": said, "write": write}[action](MlflowClient(url), wanted)
    print(json.dumps(done, default=str))


main()
