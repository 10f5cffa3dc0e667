import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { toDatasetRecords } from '../../src/evals/dataset-record.ts'
import { fromDataset, loadEvalSet, readEvalSet } from '../../src/evals/eval-set.ts'
import { isExpectedPage } from '../../src/evals/expected-page.ts'
import { judgeContextPrecision, judgeContextRecall } from '../../src/evals/judges/context.ts'
import { findFiles } from '../../src/rag/load/find-files.ts'
import { openWorld, toAnswer, toCase } from './world.ts'

const sample = fileURLToPath(new URL('../../examples/tallyport', import.meta.url))

function write(text: string, name = 'questions.jsonl'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'set-')), name)
  writeFileSync(file, text)
  return file
}

async function faultsOf(text: string): Promise<string> {
  const file = write(text)
  const error: unknown = await loadEvalSet(file).catch((thrown: unknown) => thrown)
  if (!(error instanceof LakedeskError)) throw new Error('the set was accepted')
  expect(error.code).toBe('EVAL_SET_INVALID')
  expect(error.userMessage).toContain(file)
  return error.userMessage
}

describe('the sample set', () => {
  it('loads as it is, and every page it expects is a document of the sample', async () => {
    const set = await loadEvalSet(join(sample, 'questions.jsonl'))
    expect(set).toMatchObject({ name: 'tallyport/questions' })
    expect(set.cases).toHaveLength(60)
    expect(set.cases.filter((one) => one.unanswerable)).toHaveLength(10)
    expect(set.cases.filter((one) => one.tags.includes('follow_up') && one.thread?.length)).toHaveLength(10)
    const { files } = await findFiles(join(sample, 'docs'))
    for (const one of set.cases.filter(({ unanswerable }) => !unanswerable)) {
      expect(one.facts.length, one.id).toBeGreaterThan(0)
      expect(
        files.filter(({ path }) => path === one.page),
        one.id,
      ).toHaveLength(1)
      for (const page of one.also ?? [])
        expect(
          files.some(({ path }) => path === page),
          page,
        ).toBe(true)
    }
  })

  it('becomes the records of a dataset and comes back the same, in any order', async () => {
    const { platform } = openWorld()
    const set = await loadEvalSet(join(sample, 'questions.jsonl'))
    await platform.runs.datasets.write('support', toDatasetRecords(set).toReversed())
    const back = await readEvalSet('dataset:support', { runs: platform.runs })
    expect(back).toMatchObject({ name: 'support', digest: set.digest })
    expect(back.cases.toReversed()).toEqual(set.cases)
  })
})

describe('a file of questions', () => {
  it('may be lines or an array, with either name of a field, with blank lines and a byte order mark', async () => {
    const lines = await loadEvalSet(
      write('\uFEFF{"id": 7, "question": " What? ", "answer": "That.", "doc": "a.md"}\r\n\r\n{"question": "Why?"}\n'),
    )
    expect(lines.cases[0]).toEqual({
      id: '7',
      question: 'What?',
      expected: 'That.',
      facts: [],
      page: 'a.md',
      unanswerable: false,
      tags: [],
    })
    const array = await loadEvalSet(
      write('[{"question": "Why?"}, {"id": "7", "question": "What?", "expected": "That.", "page": "a.md"}]'),
    )
    expect(array.digest).toBe(lines.digest)
  })

  it('gives a question without an id one that stays when the file grows', async () => {
    const before = await loadEvalSet(write('{"question": "Why?"}'))
    const after = await loadEvalSet(write('{"question": "How?"}\n{"question": "Why?"}'))
    expect(after.cases[1]?.id).toBe(before.cases[0]?.id)
    expect(after.digest).not.toBe(before.digest)
  })

  it('changes its digest with any change of any case', async () => {
    const texts = [
      '{"id": "a", "question": "Why?"}',
      '{"id": "a", "question": "Why so?"}',
      '{"id": "a", "question": "Why?", "facts": ["x"]}',
      '{"id": "a", "question": "Why?", "unanswerable": true}',
      '{"id": "a", "question": "Why?", "thread": [{"role": "user", "text": "x"}]}',
      '{"id": "a", "question": "Why?", "also": ["b.md"]}',
      '{"id": "a", "question": "Why?", "tags": ["x"]}',
    ]
    const digests = await Promise.all(texts.map(async (text) => (await loadEvalSet(write(text))).digest))
    expect(new Set(digests).size).toBe(texts.length)
  })

  it('names the document of a page where it is called otherwise', async () => {
    const file = write('{"question": "Why?", "page": "a.md", "also": ["b.md"]}')
    const { cases } = await loadEvalSet(file, (page) => (page === 'a.md' ? 'docs~1/a.md' : null))
    expect(cases[0]).toMatchObject({ page: 'docs~1/a.md', also: ['b.md'] })
  })

  it('is refused with every line that is wrong, and what is wrong with it', async () => {
    const message = await faultsOf(
      [
        '{"id": "a", "question": "   "}',
        'not json',
        '{"id": "b", "question": "Why?", "kind": "unanserable"}',
        '{"id": "c", "question": "Why?", "facts": "one"}',
        '{"id": "d", "question": "Why?", "kind": "unanswerable", "facts": ["x"]}',
        '{"id": "e", "question": "Why?", "kind": "answerable", "unanswerable": true}',
        '{"id": "f", "question": "Why?", "expected": "x", "answer": "y"}',
        '{"id": "g", "question": "Why?"}',
        '{"id": "g", "question": "How?"}',
        '["question"]',
      ].join('\n'),
    )
    expect(message).toContain('line 1: question: is blank')
    expect(message).toContain('line 2: this is not JSON')
    expect(message).toContain('line 3: kind:')
    expect(message).toContain('line 4: facts:')
    expect(message).toContain('line 5: facts: an unanswerable question has none')
    expect(message).toContain('line 6: kind and unanswerable contradict each other')
    expect(message).toContain('line 7: expected and answer are two names of one field')
    expect(message).toContain('line 9: the id or question "g" stands on line 8 already')
    expect(message).toContain('line 10: the line:')
  })

  it('refuses one question under two ids, and takes it after another conversation', async () => {
    const same = [
      { id: 'q1', question: 'How do I reset my password?' },
      { id: 'q2', question: 'Where are my invoices?' },
      { id: 'q3', question: '  how do I  reset my PASSWORD? ' },
    ]
    const lines = (cases: object[]) => cases.map((one) => JSON.stringify(one)).join('\n')
    const fault = 'line 3: the same question stands on line 1 already, under another id'
    expect(await faultsOf(lines(same))).toContain(fault)
    const thread = [{ role: 'user', text: 'I am on Azure.' }]
    const apart = [...same.slice(0, 2), { ...same[2], thread }]
    expect((await loadEvalSet(write(lines(apart)))).cases).toHaveLength(3)
    const again = [
      ...apart,
      { id: 'q4', question: 'How do I reset my password?', thread: [{ role: 'user', text: 'i am on azure.' }] },
    ]
    expect(await faultsOf(lines(again))).toContain('line 4: the same question stands on line 3 already')
  })

  it('counts the faults it does not show', async () => {
    const message = await faultsOf(Array.from({ length: 25 }, () => '{"question": ""}').join('\n'))
    expect(message).toContain('line 20: question: is blank; and 5 more.')
  })

  it.each([
    ['empty', '', 'it holds no question'],
    ['an empty array', '[]', 'it holds no question'],
    ['half an array', '[{"question": "Why?"}', 'the file is not one JSON array'],
    ['one question twice', '{"question": "Why?"}\n{"question": "Why?"}', 'line 2: the id or question'],
  ])('is refused where it is %s', async (_what, text, why) => {
    expect(await faultsOf(text)).toContain(why)
  })

  it('says that a file or a dataset is not there', async () => {
    const { platform } = openWorld()
    const from = { runs: platform.runs }
    await expect(readEvalSet('/nowhere/questions.jsonl', from)).rejects.toMatchObject({ code: 'EVAL_SET_INVALID' })
    await expect(readEvalSet('dataset:none', from)).rejects.toThrow('no dataset named "none"')
  })
})

describe('a dataset made elsewhere', () => {
  it('is read by the names of MLflow, with messages and the documents a judge expects', () => {
    const set = fromDataset('team', [
      {
        inputs: {
          messages: [
            { role: 'user', content: 'How do I export to S3?' },
            { role: 'assistant', content: 'Like this.' },
            { role: 'user', content: 'and on Azure?' },
          ],
        },
        expectations: {
          expected_facts: ['Blob'],
          expected_retrieved_context: [{ doc_uri: 'azure.md' }, { doc_uri: 's3.md' }],
        },
        tags: { team: 'x' },
      },
      { inputs: { question: 'Why?' }, expectations: { expected_response: 'So.' }, tags: {} },
    ])
    expect(set.cases[0]).toMatchObject({
      question: 'and on Azure?',
      thread: [
        { role: 'user', text: 'How do I export to S3?' },
        { role: 'assistant', text: 'Like this.' },
      ],
      facts: ['Blob'],
      page: 'azure.md',
      also: ['s3.md'],
    })
    expect(set.cases[1]).toMatchObject({ question: 'Why?', expected: 'So.', page: null, unanswerable: false })
  })

  it('is refused by record where it holds no question', () => {
    expect(() => fromDataset('team', [{ inputs: { prompt: 'x' }, expectations: {}, tags: {} }])).toThrow(
      'dataset:team is not usable: record 1: question:',
    )
  })
})

describe('an expected page', () => {
  it.each([
    ['account/reset.md', true],
    ['docs~1f8a03/account/reset.md', true],
    ['my-account/reset.md', false],
    ['reset.md', false],
    ['other.md', true],
  ])('is found as %s: %s', (docId, found) => {
    expect(isExpectedPage({ page: 'account/reset.md', also: ['other.md'] }, docId)).toBe(found)
  })

  it('counts in recall and precision, and so does another page that holds the answer', () => {
    const one = toCase('q1', { page: 'a.md', also: ['b.md'] })
    const passages = ['x.md', 'docs~1/b.md', 'y.md', 'a.md'].map((doc_id) => ({ chunk_id: doc_id, doc_id, text: '' }))
    const judged = (from: number, to: number) => ({
      case: one,
      answer: toAnswer('', { passages: passages.slice(from, to) }),
    })
    expect(judgeContextRecall(judged(0, 1))).toMatchObject({ value: 0 })
    expect(judgeContextRecall(judged(0, 2))).toMatchObject({ value: 1 })
    expect(judgeContextPrecision(judged(0, 4))).toMatchObject({ value: 0.5 })
    expect(judgeContextPrecision(judged(0, 1))).toMatchObject({ value: 0 })
  })
})
