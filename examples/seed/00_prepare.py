"""Makes what the chapter takes for granted: schemas, three tables, and labelled tickets in a volume."""

import json

from workspace import CATALOG, VOLUME, call, sql

TICKETS = [
    ("T-1", "I was charged twice for the Tallyport subscription in October, invoice 4411.", "billing"),
    ("T-2", "Please refund the second payment, my card was billed two times.", "billing"),
    ("T-3", "The invoice shows the old company address and the wrong VAT number.", "billing"),
    ("T-4", "Why did the price of our plan go up this month? Nobody told us.", "billing"),
    ("T-5", "Sync fails with error E-2041 since this morning, urgent, our warehouse is down.", "technical"),
    ("T-6", "The scanner app crashes with error 500 when I open a large order.", "technical"),
    ("T-7", "Uploads are stuck at 99 percent and then time out.", "technical"),
    ("T-8", "The API returns ERR_TIMEOUT for every second request.", "technical"),
    ("T-9", "I cannot log in any more, the code never arrives on my phone.", "account_access"),
    ("T-10", "Please reset my password, the link in the mail has expired.", "account_access"),
    ("T-11", "My account is locked after three wrong attempts.", "account_access"),
    ("T-12", "A colleague left, how do I take away her access to our account?", "account_access"),
    ("T-13", "It would be great to export the report as a spreadsheet.", "feature_request"),
    ("T-14", "Could you add a dark theme to the mobile app?", "feature_request"),
    ("T-15", "We would love to have a calendar view of all shipments.", "feature_request"),
    ("T-16", "Please support single sign-on with our identity provider.", "feature_request"),
]
REVIEWS = [
    ("R-1", "P-1", "Setting it up took five minutes and the scanner simply works. Very happy.", 5),
    ("R-2", "P-1", "The battery dies after an hour. Disappointing, please make it larger.", 2),
    ("R-3", "P-2", "It arrived on Tuesday.", 3),
]
DOCUMENTS = [
    (
        "sso-azure",
        "Single sign-on with Azure AD",
        "integration_guide",
        "2026-10-02",
        "To configure SSO with Azure AD, register Tallyport as an enterprise application in Azure AD. "
        "Copy the metadata address into Settings, Security, Single sign-on. "
        "Map the claim email to the user name, and press Test before you press Enforce. " * 6,
    ),
    (
        "exports",
        "Exports",
        "user_guide",
        "2026-09-11",
        "Reports can be exported as CSV from the menu of the report. Exports hold at most 100,000 rows. " * 8,
    ),
    ("empty", "An empty page", "user_guide", "2026-01-01", ""),
]


def values(rows):
    """Literals of SQL. The texts above are the program's own: what comes from people goes in as parameters."""
    return ", ".join(
        "(" + ", ".join(str(cell) if isinstance(cell, int) else "'" + cell.replace("'", "\\'") + "'" for cell in row) + ")"
        for row in rows
    )


def main():
    sql(f"CREATE CATALOG IF NOT EXISTS {CATALOG}")
    for schema in ("llm_models", "rag_data", "support"):
        sql(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{schema}")

    tickets = values((ticket, text) for ticket, text, _ in TICKETS)
    sql(
        f"CREATE OR REPLACE TABLE {CATALOG}.support.raw_support_tickets AS "
        f"SELECT *, current_date() AS created_date FROM VALUES {tickets} AS v(ticket_id, ticket_text)"
    )
    sql(
        f"CREATE OR REPLACE TABLE {CATALOG}.support.raw_product_reviews AS "
        f"SELECT * FROM VALUES {values(REVIEWS)} AS v(review_id, product_id, review_text, rating)"
    )
    sql(
        f"CREATE OR REPLACE TABLE {CATALOG}.rag_data.raw_documents AS "
        f"SELECT * FROM VALUES {values(DOCUMENTS)} AS v(doc_id, title, doc_type, last_updated, content)"
    )

    # Training data lies in a volume of Unity Catalog: `dbfs:/user/...`, as the chapter has it, was never a path that fine-tuning took.
    lines = [
        json.dumps({"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]})
        for _, text, label in TICKETS
    ]
    call("PUT", f"/api/2.0/fs/files{VOLUME}/instruction_pairs_train.jsonl?overwrite=true", data="\n".join(lines).encode())
    print(f"{len(TICKETS)} tickets, {len(REVIEWS)} reviews and {len(DOCUMENTS)} documents are there.")


main()
