// Reading the arguments of AI functions: every limit of the contract, NULL, named arguments, and faults of one row.
import { describe, expect, it } from 'vitest'
import { readAiCall } from '../../../src/platform/ai/read-ai-call.ts'
import type { AiFunctionName } from '../../../src/platform/ports/ai-functions.ts'

/** Positional values, or pairs of name and value. */
function read(name: AiFunctionName, values: unknown[], names: (string | null)[] = []) {
  return readAiCall({ function: name, names: values.map((_, i) => names[i] ?? null) }, values)
}

function labels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `label ${i}`)
}

describe('ai_classify', () => {
  it('answers a label for ARRAY labels and a VARIANT for JSON labels', () => {
    expect(read('ai_classify', ['It broke', ['a', 'b']])).toEqual({
      call: {
        function: 'ai_classify',
        content: 'It broke',
        labels: [{ label: 'a' }, { label: 'b' }],
        multilabel: false,
      },
      form: { kind: 'label' },
      fault: null,
    })
    expect(read('ai_classify', ['It broke', '["a","b"]']).form).toEqual({ kind: 'labels' })
    expect(read('ai_classify', ['x', '{"a":"what a is","b":""}']).call).toMatchObject({
      labels: [{ label: 'a', description: 'what a is' }, { label: 'b' }],
    })
  })

  it('takes options, and the version they name', () => {
    const options = { version: '2.0', instructions: ' Be strict. ', MULTILABEL: 'true' }
    const { call, form } = read('ai_classify', ['x', ['a', 'b'], options])
    expect(form).toEqual({ kind: 'labels' })
    expect(call).toMatchObject({ instructions: 'Be strict.', multilabel: true })
    expect(read('ai_classify', ['x', '["a","b"]', { version: '1.0' }]).form).toEqual({ kind: 'label' })
  })

  it('is NULL where the content is NULL, but not where the labels are wrong', () => {
    expect(read('ai_classify', [null, ['a', 'b']])).toEqual({ call: null, form: { kind: 'label' }, fault: null })
    expect(() => read('ai_classify', [null, ['a']])).toThrow('give 2 to 20')
  })

  it('reads VARIANT content as its JSON', () => {
    expect(read('ai_classify', [{ a: 1 }, '["a","b"]']).call).toMatchObject({ content: '{"a":1}' })
  })

  it.each([
    ['one label', [['a']], 'give 2 to 20'],
    ['21 labels in an ARRAY', [labels(21)], 'give 2 to 20'],
    ['501 labels', [JSON.stringify(labels(501))], 'give 2 to 500'],
    ['one label in JSON', ['["a"]'], 'give 2 to 500'],
    ['a label twice', [['a', 'b', 'a']], 'twice'],
    ['a label twice but for spaces', [['a', 'b', ' a ']], 'twice'],
    ['an empty label', [['a', ' ']], 'empty'],
    ['a label of 101 characters', [['a', 'b'.repeat(101)]], '101 characters'],
    ['a description of 1001 characters', [JSON.stringify({ a: 'd'.repeat(1001), b: '' })], '1001 characters'],
    ['a number as a label', [['a', 3]], 'no text'],
    ['no JSON', ['billing, technical'], 'no JSON'],
    ['a JSON number', ['3'], 'no JSON'],
    ['NULL labels', [null], 'NULL'],
    ['no labels', [], 'missing'],
    ['an unknown option', [['a', 'b'], { color: 'red' }], 'no option "color"'],
    ['an unknown version', [['a', 'b'], { version: '3.0' }], 'version'],
    ['long instructions', [['a', 'b'], { instructions: 'i'.repeat(20_001) }], '20001 characters'],
    ['a multilabel that is neither', [['a', 'b'], { version: '2.0', multilabel: 'maybe' }], 'maybe'],
    ['multilabel in version 1', [['a', 'b'], { multilabel: 'true' }], 'needs version 2.0'],
    ['too many arguments', [['a', 'b'], null, 1], '4 arguments'],
  ])('refuses %s', (_, rest, words) => {
    expect(() => read('ai_classify', ['text', ...rest])).toThrow(words)
  })

  it('takes 20 labels in an ARRAY and 500 in JSON', () => {
    expect(read('ai_classify', ['x', labels(20)]).call).toMatchObject({ labels: { length: 20 } })
    expect(read('ai_classify', ['x', JSON.stringify(labels(500))]).call).toMatchObject({ labels: { length: 500 } })
  })

  it('finds a text that is too long in its row alone', () => {
    const { call, fault } = read('ai_classify', ['x'.repeat(600_000), ['a', 'b']])
    expect(call).toBeNull()
    expect(fault).toContain('150,000 tokens')
    expect(read('ai_classify', ['x'.repeat(200_000), ['a', 'b']]).fault).toBeNull()
  })
})

describe('ai_extract', () => {
  it('reads lists of names, lists in JSON and schemas', () => {
    const { form, call } = read('ai_extract', ['x', ['a', 'b']], [])
    expect(form).toEqual({ kind: 'strings' })
    expect(call).toMatchObject({ fields: [{ name: 'a', type: 'string' }, { name: 'b' }] })
    expect(read('ai_extract', ['x', '["a"]']).form.kind).toBe('fields')
    const schema = {
      level: { type: 'enum', labels: ['low', 'high'], description: 'how bad' },
      at: { type: 'object', properties: { city: { type: 'string' } } },
      codes: { type: 'array', items: { type: 'integer' } },
    }
    expect(read('ai_extract', ['x', JSON.stringify(schema)]).call).toMatchObject({
      fields: [
        { name: 'level', type: 'enum', labels: ['low', 'high'], description: 'how bad' },
        { name: 'at', type: 'object', properties: [{ name: 'city', type: 'string' }] },
        { name: 'codes', type: 'array', items: { type: 'integer' } },
      ],
    })
    const options = { enableCitations: 'true', enableConfidenceScores: 'true' }
    expect(read('ai_extract', ['x', '["a"]', options]).form).toEqual({
      kind: 'fields',
      citations: true,
      confidenceScores: true,
    })
  })

  const deep = (levels: number): object =>
    levels === 1 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } }

  it.each([
    ['no field', [[]], 'empty'],
    ['257 fields', [labels(257)], 'more than 256'],
    ['a name of 151 characters', [['n'.repeat(151)]], '151 characters'],
    ['13 levels', [JSON.stringify({ a: deep(13) })], 'deeper than 12'],
    ['501 values of an enum', [JSON.stringify({ a: { type: 'enum', labels: labels(501) } })], '501 labels'],
    ['an enum without values', ['{"a":{"type":"enum"}}'], '0 labels'],
    ['an unknown type', ['{"a":{"type":"date"}}'], 'needs {"type"'],
    ['a name twice', [['a', 'a']], 'twice'],
    ['an object without fields', ['{"a":{"type":"object"}}'], 'no field'],
    ['no JSON', ['{a}'], 'no JSON'],
    ['citations in version 1', [['a'], { enableCitations: 'true' }], 'version 2.0'],
  ])('refuses %s', (_, rest, words) => {
    expect(() => read('ai_extract', ['text', ...rest])).toThrow(words)
  })

  it('takes 12 levels', () => {
    expect(read('ai_extract', ['x', JSON.stringify({ a: deep(12) })]).call).not.toBeNull()
  })
})

describe('ai_query', () => {
  it('matches named arguments whatever their case', () => {
    const { call, form } = read(
      'ai_query',
      ['llm', 'Say hi', { max_tokens: 100, temperature: '0.7', top_p: 0.5 }, false],
      [null, null, 'modelParameters', 'FAILONERROR'],
    )
    expect(form).toEqual({ kind: 'query', type: null, field: null, failOnError: false })
    expect(call).toEqual({
      function: 'ai_query',
      endpoint: 'llm',
      request: 'Say hi',
      parameters: { maxTokens: 100, temperature: 0.7, more: { top_p: 0.5 } },
      format: { kind: 'text' },
    })
  })

  it('reads each kind of response format', () => {
    const formatOf = (format: string) => {
      const { call, form } = read('ai_query', ['llm', 'x', format], [null, null, 'responseFormat'])
      return { format: call?.function === 'ai_query' ? call.format : null, form }
    }
    expect(formatOf('text').format).toEqual({ kind: 'text' })
    expect(formatOf('{"type":"json_object"}').format).toEqual({ kind: 'json' })
    const schema = { type: 'object', properties: { pattern: { type: 'string' } } }
    expect(
      formatOf(JSON.stringify({ type: 'json_schema', json_schema: { name: 'n', schema, strict: true } })).format,
    ).toEqual({
      kind: 'schema',
      name: 'n',
      schema,
    })
    const ddl = formatOf('STRUCT<result: STRUCT<sentiment: STRING, confidence: DOUBLE>>')
    expect(ddl.format).toMatchObject({ kind: 'schema', schema: { required: ['result'] } })
    expect(ddl.form).toMatchObject({
      field: 'result',
      type: { kind: 'struct', fields: [{ name: 'sentiment' }, { name: 'confidence' }] },
    })
  })

  it.each([
    ['an empty endpoint', ['', 'x'], [], 'endpoint'],
    [
      'two fields at the top of DDL',
      ['e', 'x', 'STRUCT<a: INT, b: INT>'],
      [null, null, 'responseFormat'],
      'exactly one',
    ],
    [
      '$ref in a schema',
      ['e', 'x', '{"type":"json_schema","json_schema":{"schema":{"$ref":"#"}}}'],
      [null, null, 'responseFormat'],
      '$ref',
    ],
    ['broken JSON', ['e', 'x', '{"type"'], [null, null, 'responseFormat'], 'JSON'],
    ['an unknown type', ['e', 'x', 'STRUCT<a: FOO>'], [null, null, 'returnType'], 'FOO'],
    ['both forms', ['e', 'x', 'INT', 'text'], [null, null, 'returnType', 'responseFormat'], 'together'],
    ['an unknown name', ['e', 'x', 1], [null, null, 'temperature'], 'no parameter "temperature"'],
    ['a temperature of 3', ['e', 'x', { temperature: 3 }], [null, null, 'modelParameters'], 'temperature is 3'],
    ['failOnError maybe', ['e', 'x', 'maybe'], [null, null, 'failOnError'], 'failOnError'],
  ])('refuses %s', (_, values, names, words) => {
    expect(() => read('ai_query', values, names)).toThrow(words)
  })

  it('is NULL where the request is', () => {
    expect(read('ai_query', ['llm', null]).call).toBeNull()
  })
})

describe('the others', () => {
  it('have their defaults and limits', () => {
    expect(read('ai_summarize', ['x']).call).toMatchObject({ maxWords: 50 })
    expect(read('ai_summarize', ['x', 0]).call).toMatchObject({ maxWords: 0 })
    for (const words of [-1, 1.5, 'ten', null]) expect(() => read('ai_summarize', ['x', words])).toThrow('max_words')
    expect(read('ai_translate', ['x', 'DE']).call).toMatchObject({ to: 'de' })
    expect(() => read('ai_translate', ['x', 'tlh'])).toThrow('not to "tlh"')
    expect(read('ai_mask', ['x', ['email']]).call).toMatchObject({ labels: ['email'] })
    expect(() => read('ai_mask', ['x', []])).toThrow('give 1 to')
    expect(read('ai_similarity', ['a', null]).call).toBeNull()
    expect(read('ai_similarity', [null, 'b']).call).toBeNull()
    expect(read('ai_similarity', ['a', 'b'])).toMatchObject({
      call: { left: 'a', right: 'b' },
      form: { kind: 'number' },
    })
    expect(() => read('ai_gen', [])).toThrow('missing')
    for (const name of ['ai_gen', 'ai_fix_grammar', 'ai_analyze_sentiment'] as const) {
      expect(read(name, [null]).call).toBeNull()
      expect(read(name, ['x']).call).toMatchObject({ function: name })
    }
  })

  it('read each row of one site by its own arguments', () => {
    const site = { function: 'ai_similarity', names: [null, null] } as const
    expect(readAiCall(site, ['a', 'b']).call).toMatchObject({ left: 'a', right: 'b' })
    expect(readAiCall(site, ['a', 'c']).call).toMatchObject({ left: 'a', right: 'c' })
    expect(readAiCall(site, ['d', 'c']).call).toMatchObject({ left: 'd', right: 'c' })
  })
})
