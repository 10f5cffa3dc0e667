-- Fragment T.4.5: reviews enriched in a pipeline.
-- CORRECTED: STREAM(LIVE.x) is the old form; the model is one that is not retired; the answer has a schema instead of a wish in the prompt;
-- one bad row does not stop the stream (failOnError => false). On Databricks the pipeline needs the channel PREVIEW for ai_query.
-- The offline rules write no text of their own: locally, ai_query needs LAKEDESK_AI_MODEL. Without it this column holds the reason instead.
CREATE OR REFRESH STREAMING TABLE ml_catalog.support.product_reviews_enriched AS
SELECT
    review_id,
    product_id,
    review_text,
    rating,
    ai_query(
        'databricks-meta-llama-3-3-70b-instruct',
        CONCAT('Analyze this product review: sentiment, features it mentions, what it would improve. Review: ', review_text),
        responseFormat => 'STRUCT<analysis: STRUCT<sentiment: STRING, mentioned_features: ARRAY<STRING>, improvement_suggestions: ARRAY<STRING>>>',
        failOnError => false
    ) AS llm_analysis,
    ai_classify(review_text, ARRAY('positive', 'negative', 'neutral')) AS sentiment_label
FROM STREAM(ml_catalog.support.raw_product_reviews);
