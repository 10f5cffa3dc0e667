"""Fragment T.4.6 of the code (printed as T.4.4): parameters, prompt and an evaluation on a run of MLflow.

`mlflow.metrics.faithfulness()` and `answer_relevance()` never lay there: they are `mlflow.metrics.genai.*`, want a judge model, and faithfulness wants a
column `context`. Lakedesk's `/evaluate` scores all ten metrics with its judge; here the same call is made with metrics that need none.
"""

import mlflow
import pandas as pd
from mlflow.metrics import MetricValue, make_metric

from workspace import ENDPOINT, MODEL, call

mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks-uc")
mlflow.set_experiment("/Shared/llm-finetuning-v3")


def ask(rows: pd.DataFrame) -> list:
    """CORRECTED: a model URI names an endpoint by its own name, not by catalog.schema.model/1; and a custom model takes records, so it is asked over its own door."""
    records = [{"text": text} for text in rows["inputs"]]
    said = call("POST", f"/serving-endpoints/{ENDPOINT}/invocations", json={"dataframe_records": records})
    return [one["label"] for one in said["predictions"]]


def same(predictions, targets) -> MetricValue:
    scores = [1.0 if str(a) == str(b) else 0.0 for a, b in zip(predictions, targets)]
    return MetricValue(scores=scores, aggregate_results={"mean": sum(scores) / len(scores)})


eval_data = pd.DataFrame(
    {
        "inputs": ["You billed my card twice.", "I forgot my password.", "The app crashes on start.", "Please add a dark theme."],
        "ground_truth": ["billing", "account_access", "technical", "feature_request"],
    }
)

with mlflow.start_run(run_name="ticket-classifier-eval") as run:
    mlflow.log_params({"model": MODEL, "endpoint": ENDPOINT, "samples": len(eval_data)})
    mlflow.log_text("You are a helpful support agent. Name the category of the ticket.\n\nTicket: {text}\n\nCategory:", "prompt_template.txt")
    results = mlflow.models.evaluate(
        model=ask,
        data=eval_data,
        targets="ground_truth",
        evaluators="default",
        extra_metrics=[make_metric(eval_fn=same, greater_is_better=True, name="exact_match_share", version="v1")],
    )
    # LEFT OUT: logging the metrics once more. evaluate() has logged them already.
    print(f"Run {run.info.run_id}: {results.metrics}")

# What was logged is there for everybody who reads the run, Lakedesk among them.
logged = mlflow.MlflowClient().get_run(run.info.run_id)
print(logged.data.params, logged.data.metrics)
