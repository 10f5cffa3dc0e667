// What lakedesk_ai hands back to SQL, form by form, and the types that are written in DDL.
import { describe, expect, it } from 'vitest'
import { CastFault, castJson } from '../../../src/platform/ai/cast-json.ts'
import { readAiCall } from '../../../src/platform/ai/read-ai-call.ts'
import { toFaultAnswer, toSqlText } from '../../../src/platform/ai/to-sql-text.ts'
import type { AiAnswer, AiFunctionName, Json } from '../../../src/platform/ports/ai-functions.ts'
import { parseDdlType, toDdlText, toDuckTypeText, toJsonSchema } from '../../../src/platform/ports/ddl-type.ts'

function write(
  name: AiFunctionName,
  values: unknown[],
  answer: Partial<AiAnswer>,
  names: (string | null)[] = [],
): string | null {
  const { form, call } = readAiCall({ function: name, names: values.map((_, i) => names[i] ?? null) }, values)
  return toSqlText(form, call, { value: null, error: null, usage: { inputTokens: 0, outputTokens: 0 }, ...answer })
}

function query(answer: Partial<AiAnswer>, named: Record<string, unknown> = {}): string | null {
  return write('ai_query', ['e', 'x', ...Object.values(named)], answer, [null, null, ...Object.keys(named)])
}

describe('ai_classify', () => {
  it('answers a label in version 1, and NULL where it cannot be told or failed', () => {
    const values = ['x', ['a', 'b']]
    expect(write('ai_classify', values, { value: ['a'], confidence: 0.9 })).toBe('a')
    expect(write('ai_classify', values, { value: [] })).toBeNull()
    expect(write('ai_classify', values, { error: 'No.' })).toBeNull()
  })

  it('answers an object in version 2', () => {
    const values = ['x', '["a","b"]']
    expect(write('ai_classify', values, { value: ['a'], confidence: 0.93 })).toBe(
      '{"response":["a"],"error_message":null,"metadata":{"confidence":0.93}}',
    )
    expect(write('ai_classify', values, { value: [] })).toBe('{"response":[],"error_message":null}')
    expect(write('ai_classify', values, { error: 'No.' })).toBe('{"response":null,"error_message":"No."}')
  })

  it('tells a text that is too long in its own row', () => {
    const { form, call, fault } = readAiCall({ function: 'ai_classify', names: [] }, ['x'.repeat(600_000), '["a","b"]'])
    expect(toSqlText(form, call, toFaultAnswer(fault ?? ''))).toContain(
      '"response":null,"error_message":"The text has about 150,000 tokens',
    )
  })
})

describe('ai_extract', () => {
  it('answers texts in version 1, each field there', () => {
    const text = write('ai_extract', ['x', ['code', 'n', 'constructor']], { value: { code: 'E-1', n: 3 } })
    expect(text).toBe('{"code":"E-1","n":"3","constructor":null}')
    expect(write('ai_extract', ['x', ['a']], { error: 'No.' })).toBeNull()
  })

  it('answers an object in version 2', () => {
    expect(write('ai_extract', ['x', '["a"]'], { value: { a: 'b' } })).toBe(
      '{"response":{"a":"b"},"error_message":null}',
    )
    expect(write('ai_extract', ['x', '["a"]'], { error: 'No.' })).toBe('{"response":null,"error_message":"No."}')
  })

  it('tells confidence as it is known, and cites only what stands in the text', () => {
    const options = { enableCitations: 'true', enableConfidenceScores: 'true' }
    const schema = '{"code":{"type":"string"},"parts":{"type":"array"},"city":{"type":"string"}}'
    const value = { code: 'e-42', parts: ['Atlas', 'made up'], city: null }
    const text = write('ai_extract', ['Error E-42 in Atlas', schema, options], { value, confidence: { code: 0.9 } })
    expect(JSON.parse(text ?? '')).toEqual({
      response: {
        code: { value: 'e-42', citation_ids: ['0'], confidence_score: 0.9 },
        parts: [
          { value: 'Atlas', citation_ids: ['1'], confidence_score: null },
          { value: 'made up', citation_ids: [], confidence_score: null },
        ],
        city: { value: null, citation_ids: [], confidence_score: null },
      },
      error_message: null,
      metadata: {
        citations: [
          { id: '0', text: 'E-42' },
          { id: '1', text: 'Atlas' },
        ],
      },
    })
  })
})

describe('ai_query', () => {
  it('answers text, or JSON as text', () => {
    expect(query({ value: 'Hello' })).toBe('Hello')
    expect(query({ value: null })).toBeNull()
    expect(query({ value: { a: 1 } }, { responseFormat: '{"type":"json_object"}' })).toBe('{"a":1}')
  })

  it('answers in its type', () => {
    expect(query({ value: '42' }, { returnType: 'INT' })).toBe('42')
    expect(query({ value: '```json\n[1, "2"]\n```' }, { returnType: 'ARRAY<INT>' })).toBe('[1,2]')
    expect(query({ value: { A: '1', c: 2 } }, { returnType: 'STRUCT<a: INT, b: STRING>' })).toBe('{"a":1,"b":null}')
    const responseFormat = 'STRUCT<result: STRUCT<sentiment: STRING, sure: DOUBLE>>'
    expect(query({ value: { result: { sentiment: 'good', sure: '0.5' } } }, { responseFormat })).toBe(
      '{"sentiment":"good","sure":0.5}',
    )
  })

  it('fails as a whole by default, and in its row where that is asked for', () => {
    expect(() => query({ error: 'It broke.' })).toThrow(/AI_FUNCTION_FAILED.*It broke/)
    expect(query({ error: 'It broke.' }, { failOnError: false })).toBe('{"response":null,"errorMessage":"It broke."}')
    expect(query({ value: 'Hi' }, { failOnError: false })).toBe('{"response":"Hi","errorMessage":null}')
  })

  it('names casts that fail', () => {
    expect(() => query({ value: 'forty' }, { returnType: 'INT' })).toThrow(
      'AI_FUNCTION_HTTP_PARSE_CAST_ERROR: $ should be INT and is "forty"',
    )
    const text = query(
      { value: { result: { a: ['x'] } } },
      { responseFormat: 'STRUCT<result: STRUCT<a: ARRAY<INT>>>', failOnError: false },
    )
    expect(JSON.parse(text ?? '')).toEqual({
      response: null,
      errorMessage: 'AI_FUNCTION_HTTP_PARSE_CAST_ERROR: $.a[0] should be INT and is "x".',
    })
  })
})

it('the others answer text and numbers', () => {
  expect(write('ai_similarity', ['a', 'b'], { value: 0.25 })).toBe('0.25')
  expect(write('ai_similarity', ['a', 'b'], { error: 'No.' })).toBeNull()
  expect(write('ai_summarize', ['a'], { value: 'Short.' })).toBe('Short.')
  expect(write('ai_analyze_sentiment', ['a'], { value: null })).toBeNull()
  expect(write('ai_translate', ['a', 'de'], { error: 'No.' })).toBeNull()
})

describe('types in DDL', () => {
  const text =
    "struct<a: string COMMENT 'with > in it', `b c` ARRAY<decimal(12, 2)> NOT NULL, m: map<string, bigint>, t timestamp>"

  it('are read whatever their spelling, and written for Databricks, DuckDB and JSON schema', () => {
    const type = parseDdlType(text)
    expect(toDdlText(type)).toBe('STRUCT<a: STRING, `b c`: ARRAY<DECIMAL(12,2)>, m: MAP<STRING, BIGINT>, t: TIMESTAMP>')
    expect(toDuckTypeText(type)).toBe(
      'STRUCT("a" VARCHAR, "b c" DECIMAL(12,2)[], "m" MAP(VARCHAR, BIGINT), "t" TIMESTAMP)',
    )
    expect(toJsonSchema(type)).toEqual({
      type: 'object',
      properties: {
        a: { type: 'string' },
        'b c': { type: 'array', items: { type: 'number' } },
        m: { type: 'object', additionalProperties: { type: 'integer' } },
        t: { type: 'string' },
      },
      required: ['a', 'b c', 'm', 't'],
      additionalProperties: false,
    })
    expect(parseDdlType(toDdlText(type))).toEqual(type)
  })

  it.each([
    '',
    'STRUCT<',
    'STRUCT<a>',
    'ARRAY',
    'ARRAY<>',
    'MAP<STRING>',
    'INT INT',
    'DECIMAL(40,2)',
    'STRUCT<a: INT, A: INT>',
    'STRING; DROP',
    'constructor',
    `${'ARRAY<'.repeat(100)}INT${'>'.repeat(100)}`,
  ])('that cannot be read are refused: %s', (broken) => {
    expect(() => parseDdlType(broken)).toThrow('AI_FUNCTION_INVALID')
  })

  it.each<[Json, string, Json]>([
    ['true', 'BOOLEAN', true],
    [' 12 ', 'BIGINT', 12],
    ['1e3', 'DOUBLE', 1000],
    [3, 'STRING', '3'],
    [{ a: null }, 'MAP<STRING, INT>', { a: null }],
    ['2026-11-22', 'DATE', '2026-11-22'],
    [[1], 'VARIANT', [1]],
  ])('take %j as %s', (value, type, expected) => {
    expect(castJson(value, parseDdlType(type))).toEqual(expected)
  })

  it.each<[Json, string]>([
    [1.5, 'INT'],
    [2147483648, 'INT'],
    [128, 'TINYINT'],
    ['yes', 'BOOLEAN'],
    ['', 'INT'],
    ['soon', 'DATE'],
    [[], 'STRUCT<a: INT>'],
    [{}, 'ARRAY<INT>'],
    [1000, 'DECIMAL(4,2)'],
    ['0x10', 'INT'],
  ])('do not take %j as %s', (value, type) => {
    expect(() => castJson(value, parseDdlType(type))).toThrow(CastFault)
  })
})
