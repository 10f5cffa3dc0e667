// The yardstick of the retrieval benchmark: BM25 with Porter2 and stop words, k1 1.2 and b 0.75, nothing tuned.
import stem from 'wink-porter2-stemmer'
import { STOP_WORDS } from '../../src/core/text/stop-words.ts'

const K1 = 1.2
const B = 0.75

function analyze(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return words.filter((word) => !STOP_WORDS.has(word)).map((word) => stem(word))
}

/** Ranks the texts for a query: ids of those that share a word with it, best first, each id once. */
export function createPlainBm25(
  documents: readonly { id: string; text: string }[],
): (query: string, count: number) => string[] {
  const postings = new Map<string, [document: number, frequency: number][]>()
  const lengths = documents.map(({ text }, index) => {
    const frequencies = new Map<string, number>()
    const words = analyze(text)
    for (const word of words) frequencies.set(word, (frequencies.get(word) ?? 0) + 1)
    for (const [word, frequency] of frequencies) {
      const list = postings.get(word) ?? []
      list.push([index, frequency])
      postings.set(word, list)
    }
    return words.length
  })
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  return (query, count) => {
    const scores = new Map<number, number>()
    for (const word of analyze(query)) {
      const list = postings.get(word) ?? []
      const idf = Math.log(1 + (documents.length - list.length + 0.5) / (list.length + 0.5))
      for (const [document, frequency] of list) {
        const norm = K1 * (1 - B + (B * (lengths[document] ?? 0)) / meanLength)
        scores.set(document, (scores.get(document) ?? 0) + (idf * frequency * (K1 + 1)) / (frequency + norm))
      }
    }
    const ranking = [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0])
    return [...new Set(ranking.flatMap(([document]) => documents[document]?.id ?? []))].slice(0, count)
  }
}
