// The terms that text is searched by.
import { describe, expect, it } from 'vitest'
import { stemWord, terms, words } from '../../src/core/text/analyze.ts'

describe('words', () => {
  it('folds case and accents, and cuts possessives and contractions', () => {
    expect(words("Müller's NAÏVE café isn't open")).toEqual(['muller', 'naive', 'cafe', 'isn', 'open'])
  })
  it('finds none in marks and pictures', () => {
    expect(words('… 🙂 --- ()')).toEqual([])
  })
})

describe('terms', () => {
  it.each([
    ['The resetting of passwords', ['reset', 'password']],
    ["It isn't, doesn't and won't", ['won']],
    ['api_key', ['api', 'key', 'api_key']],
    ['ERR-1042', ['err', '1042', 'err-1042']],
    ['upgrade to v4.2', ['upgrad', 'v4', '2', 'v4.2']],
    ['set maxRetries', ['set', 'max', 'retri', 'maxretri']],
    ['toJSONObject', ['json', 'object', 'tojsonobject']],
    ['GitHub mRNA', ['github', 'mrna']],
    ['a well-known end.Next 3.5%', ['well', 'known', 'end', 'next', '3', '5']],
    ['日本語', ['日本', '本語']],
    ['Привет мир', ['привет', 'мир']],
  ])('of %j', (text, expected) => {
    expect(terms(text)).toEqual(expected)
  })

  it('cuts runs of encoded data, and ends on hostile input soon', () => {
    expect(terms('a'.repeat(100_000))[0]).toHaveLength(64)
    expect(terms('a_'.repeat(50_000)).at(-1)).toHaveLength(64)
    expect(terms("x'y".repeat(50_000)).length).toBeGreaterThan(0)
  })
})

it('stems by Porter2', () => {
  expect(['configuration', 'configured', 'shipping'].map(stemWord)).toEqual(['configur', 'configur', 'ship'])
})
