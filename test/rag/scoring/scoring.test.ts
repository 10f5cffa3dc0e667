// MLflow's scoring protocol: every shape of a request, and every way to get it wrong.
import { describe, expect, it } from 'vitest'
import { MAX_RECORDS, parseScoringRequest } from '../../../src/rag/scoring/parse-scoring-request.ts'

describe('a scoring request', () => {
  it.each([
    { dataframe_records: [{ question: 'a' }, { question: 'b', extra: 1 }] },
    { dataframe_split: { columns: ['id', 'question'], data: [[1, 'a'], [2, 'b']] } }, // biome-ignore format: rows
    { inputs: [{ question: 'a' }, { question: 'b' }] },
    { inputs: { question: ['a', 'b'] } },
    { inputs: ['a', 'b'] },
    { instances: [{ question: 'a' }, { question: 'b' }], params: { temperature: 0 } },
  ])('gives its questions: %j', (body) => {
    expect(parseScoringRequest(body)).toEqual({ kind: 'questions', questions: ['a', 'b'] })
  })

  it('takes one record and one text too', () => {
    expect(parseScoringRequest({ inputs: { question: 'a' } })).toEqual({ kind: 'questions', questions: ['a'] })
    expect(parseScoringRequest({ inputs: 'a' })).toEqual({ kind: 'questions', questions: ['a'] })
  })

  it.each([
    [null, 'none of the four shapes'],
    [{}, 'none of the four shapes'],
    [{ question: 'a' }, 'none of the four shapes'],
    [{ dataframe_records: [] }, 'no record'],
    [{ dataframe_records: [{ question: 'a' }, { q: 'b' }] }, 'Record 2 has no "question"'],
    [{ dataframe_records: [{ question: ' ' }] }, 'Record 1'],
    [{ dataframe_split: { columns: ['question'], data: [['a', 'b']] } }, 'Row 1 of dataframe_split'],
    [{ inputs: [1, 2] }, 'Record 1'],
    [{ inputs: Array.from({ length: MAX_RECORDS + 1 }, () => 'a') }, `at most ${MAX_RECORDS}`],
  ])('is refused whole: %j', (body, why) => {
    const parsed = parseScoringRequest(body)
    expect(parsed.kind === 'refused' ? parsed.why : '').toContain(why)
  })
})
