"""Fragment T.4.6, as it is printed: a search endpoint, and an index that follows a Delta table."""

from databricks.ai_search.client import AISearchClient

from workspace import CATALOG, HOST, INDEX, SEARCH_ENDPOINT, TOKEN, wait

# CORRECTED: `databricks.vector_search` still answers, but is this same client under its old name, and says on import that it is deprecated.
client = AISearchClient(workspace_url=HOST, personal_access_token=TOKEN, disable_notice=True)

if SEARCH_ENDPOINT not in [one["name"] for one in client.list_endpoints().get("endpoints", [])]:
    client.create_endpoint(name=SEARCH_ENDPOINT, endpoint_type="STANDARD")
# CORRECTED: an endpoint takes minutes to come up, and refuses indexes until then.
client.wait_for_endpoint(SEARCH_ENDPOINT)

if INDEX not in [one["name"] for one in client.list_indexes(SEARCH_ENDPOINT).get("vector_indexes", [])]:
    # CORRECTED: the table needs its change data feed (10_chunk.py turns it on), and chunk_id as its key: many chunks share one doc_id.
    # CORRECTED: BGE reads 512 tokens; GTE reads the whole chunk.
    client.create_delta_sync_index(
        endpoint_name=SEARCH_ENDPOINT,
        source_table_name=f"{CATALOG}.rag_data.product_docs",
        index_name=INDEX,
        pipeline_type="TRIGGERED",
        primary_key="chunk_id",
        embedding_source_column="content",
        embedding_model_endpoint_name="databricks-gte-large-en",
    )
index = client.get_index(endpoint_name=SEARCH_ENDPOINT, index_name=INDEX)
index.wait_until_ready()
# CORRECTED: TRIGGERED means that somebody has to trigger it. Nothing follows by itself "within minutes".
index.sync()
seen = wait("The index", index.describe, lambda seen: seen["status"]["ready"] and "ONLINE" in seen["status"]["detailed_state"])
print(f"{INDEX} holds {seen['status']['indexed_row_count']} rows")
