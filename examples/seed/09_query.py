"""Fragment T.4.7, as it is printed: a question to the index, with a filter on a column."""

from databricks.ai_search.client import AISearchClient

from workspace import HOST, INDEX, SEARCH_ENDPOINT, TOKEN

client = AISearchClient(workspace_url=HOST, personal_access_token=TOKEN, disable_notice=True)
index = client.get_index(endpoint_name=SEARCH_ENDPOINT, index_name=INDEX)
results = index.similarity_search(
    query_text="How do I configure SSO with Azure AD?",
    columns=["chunk_id", "doc_id", "title", "content", "last_updated"],
    num_results=5,
    filters={"doc_type": "integration_guide"},
)

# CORRECTED: columns are read by their names in the manifest. The score is there although nobody asked for it, as the last one.
names = [column["name"] for column in results["manifest"]["columns"]]
for row in results["result"]["data_array"]:
    hit = dict(zip(names, row))
    print(f"[{hit['score']:.3f}] {hit['title']} ({hit['doc_id']}, {hit['last_updated']})")
