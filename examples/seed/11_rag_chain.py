"""Fragment T.4.9: a RAG chain as an MLflow model: logged, registered in Unity Catalog, loaded again and asked.

Lakedesk logs its own chain with `lakedesk chain log`; this is the same by hand, in Python.
"""

import os

import mlflow
import pandas as pd
from mlflow.models import infer_signature

from workspace import CATALOG, HOST, INDEX, SEARCH_ENDPOINT, TOKEN, call

mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks-uc")
mlflow.set_experiment("/Shared/rag-chains")
NAME = f"{CATALOG}.rag_apps.product_docs_rag_py"


class DatabricksRAGChain(mlflow.pyfunc.PythonModel):
    """Looks up passages, hands them to the model, and answers from them alone."""

    def load_context(self, context):
        from databricks.ai_search.client import AISearchClient
        from openai import OpenAI

        # CORRECTED: `{{secrets/...}}` is resolved in the environment of an endpoint, and never inside model_config. The token comes from the environment.
        host, token = os.environ["DATABRICKS_HOST"].rstrip("/"), os.environ["DATABRICKS_TOKEN"]
        config = context.model_config
        search = AISearchClient(workspace_url=host, personal_access_token=token, disable_notice=True)
        self.index = search.get_index(endpoint_name=config["endpoint"], index_name=config["index"])
        self.llm = OpenAI(api_key=token, base_url=f"{host}/serving-endpoints")
        self.model = config["generation_model"]

    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"answer": [self.answer(row) for row in model_input.to_dict("records")]})

    def answer(self, row):
        # The caption promises metadata filters, the code passed none. Here a record may bring one.
        doc_type = row.get("doc_type")
        results = self.index.similarity_search(
            query_text=row["question"],
            columns=["chunk_id", "title", "content"],
            num_results=5,
            **({"filters": {"doc_type": doc_type}} if isinstance(doc_type, str) and doc_type else {}),
        )
        names = [column["name"] for column in results["manifest"]["columns"]]
        hits = [dict(zip(names, hit)) for hit in results["result"]["data_array"]]
        passages = "\n\n".join(f"[{hit['title']}]\n{hit['content']}" for hit in hits)
        response = self.llm.chat.completions.create(
            model=self.model,
            messages=[
                {
                    "role": "system",
                    "content": "Answer the question using only the provided context. If the context does not contain the answer, say so.",
                },
                {"role": "user", "content": f"Context:\n{passages}\n\nQuestion: {row['question']}"},
            ],
            max_tokens=512,
            temperature=0.1,
        )
        return response.choices[0].message.content


# CORRECTED: DBRX is retired; whatever chat model the workspace has is taken.
endpoints = call("GET", "/api/2.0/serving-endpoints")["endpoints"]
chat = next(one["name"] for one in endpoints if one.get("task") == "llm/v1/chat")
question = pd.DataFrame({"question": ["How do I configure SSO with Azure AD?"], "doc_type": ["integration_guide"]})

with mlflow.start_run(run_name="rag-chain-v1") as run:
    logged = mlflow.pyfunc.log_model(
        # CORRECTED: `artifact_path` is the old name of this argument.
        name="rag_chain",
        python_model=DatabricksRAGChain(),
        model_config={"endpoint": SEARCH_ENDPOINT, "index": INDEX, "generation_model": chat},
        # CORRECTED: Unity Catalog takes no model without a signature.
        signature=infer_signature(question, pd.DataFrame({"answer": ["text"]})),
        pip_requirements=["mlflow", "openai", "databricks-ai-search"],
    )
chain = mlflow.pyfunc.load_model(logged.model_uri)
print(chain.predict(question)["answer"][0])
print(f"Logged as {logged.model_uri} on run {run.info.run_id}")
