// `lakedesk sql` as real processes: files in, one statement, a table or JSON out, and nothing lost whatever goes wrong.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenAiStandIn, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { makeFolder, runCli, startCli } from './run-cli.ts'

const folder = makeFolder()
const at = (name: string): string => join(folder.path, name)
const offline = { LAKEDESK_DATA: at('data') }
let endpoint: OpenAiStandIn

/** The statement of the product's origin over a stream of reviews, word for word. */
const REVIEWS = `-- Use ai_query() for custom prompts inside a Delta Live Tables pipeline
CREATE OR REFRESH STREAMING TABLE product_reviews_enriched AS
SELECT
    review_id,
    product_id,
    review_text,
    rating,
    -- Call the Foundation Model API for sentiment and entity extraction
    ai_query(
        'databricks-meta-llama-3-1-70b-instruct',
        CONCAT(
            'Analyze this product review. Return a JSON object with keys: ',
            '"sentiment" (positive/negative/neutral), ',
            '"mentioned_features" (array of product features mentioned), ',
            '"improvement_suggestions" (array of suggestions, empty if none). ',
            'Review: ', review_text
        )
    ) AS llm_analysis,
    -- Also classify sentiment directly
    ai_classify(review_text, ARRAY('positive', 'negative', 'neutral')) AS sentiment_label
FROM STREAM(LIVE.raw_product_reviews);`

/** And the one over the tickets of a day. */
const TICKETS = `-- Classify customer support tickets by category using ai_classify()
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
FROM raw_support_tickets
WHERE created_date >= CURRENT_DATE - INTERVAL 1 DAY;`

const LABELS = ['billing', 'technical', 'account_access', 'feature_request', 'other']

beforeAll(async () => {
  endpoint = await startOpenAiStandIn(() => ({ text: '{"label":"positive"}', delayMs: 20 }))
  writeFileSync(at('tabs.tsv'), 'id\ttext\n1\tcharged twice\n2\tcannot sign in\n')
  writeFileSync(at('lines.jsonl'), '{"id":1,"city":"Ghent"}\n{"id":2,"city":"Porto"}\n')
  writeFileSync(at('list.json'), '[{"id":1,"sum":10.5},{"id":2,"sum":20}]')
  writeFileSync(at('names of people.csv'), 'id;name\n1;"Ana ""A"" Silva"\n2;Bo\n')
  writeFileSync(
    at('raw_product_reviews.csv'),
    'review_id,product_id,review_text,rating\n1,p1,"Great, really",5\n2,p1,,3\n',
  )
})

afterAll(async () => {
  await endpoint.close()
  folder.dispose()
})

const online = (): Record<string, string> => ({
  LAKEDESK_DATA: at('online'),
  LAKEDESK_MODEL: 'some-model',
  LAKEDESK_MODEL_BASE_URL: endpoint.baseUrl,
  LAKEDESK_MODEL_API_KEY: 'key',
})

describe('lakedesk sql over files', () => {
  it('joins TSV, JSON Lines, JSON and CSV by their base names, and says how each was read', async () => {
    const statement = `SELECT t.id, n.name, l.city, j.sum, l.id FROM tabs t
      JOIN lines l ON l.id = t.id JOIN list j ON j.id = t.id JOIN names_of_people n ON n.id = t.id ORDER BY t.id`
    const loads = ['tabs.tsv', 'lines.jsonl', 'list.json', 'names of people.csv'].flatMap((name) => [
      '--load',
      at(name),
    ])
    const { code, out, err } = await runCli(['sql', ...loads, '--json', statement], offline)
    expect(code, err).toBe(0)
    const result = JSON.parse(out)
    expect(result.rows).toEqual([
      { id: 1, name: 'Ana "A" Silva', city: 'Ghent', sum: 10.5, id_2: 1 },
      { id: 2, name: 'Bo', city: 'Porto', sum: 20, id_2: 2 },
    ])
    // A script finds every column of a row by the name in the list of columns.
    expect(result.columns.map(({ name }: { name: string }) => name)).toEqual(Object.keys(result.rows[0]))
    expect(err).toContain(`Loaded ${at('names of people.csv')} as names_of_people: 2 rows (CSV (;)`)
  })
})
