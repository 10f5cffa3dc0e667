-- Fragment T.4.4: tickets of the last day with category, fields and summary, in one query.
-- Unchanged but for the name of the table: labels as an ARRAY pick version 1 of the functions, which still answers. ai_extract gives a STRUCT, and 50 is a target of words.
SELECT
    ticket_id,
    ticket_text,
    ai_classify(
        ticket_text,
        ARRAY('billing', 'technical', 'account_access', 'feature_request', 'other')
    ) AS category,
    ai_extract(
        ticket_text,
        ARRAY('product_name', 'error_code', 'urgency_level')
    ) AS extracted_fields,
    ai_summarize(ticket_text, 50) AS short_summary
FROM ml_catalog.support.raw_support_tickets
WHERE created_date >= CURRENT_DATE - INTERVAL 1 DAY;
