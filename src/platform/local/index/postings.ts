// Full text in memory: which chunk holds which term how often, ranked by BM25 (Robertson and Zaragoza 2009).
import { createTopList, type ScoredSlot } from './top-list.ts'

/** BM25's usual constants, as in Lucene. */
const K1 = 1.2
const B = 0.75

/** Terms of one chunk: numbers of the dictionary, and how often each occurs, fields weighted, in `WEIGHT_UNIT`s. */
export interface ChunkTerms {
  terms: Uint32Array
  weights: Uint8Array
  /** Terms of the body: title and headings weigh, but do not make a chunk long. */
  length: number
}

/** Weighted frequencies are stored in halves, at most 127.5. */
const WEIGHT_UNIT = 0.5

interface Overlay {
  slots: number[]
  weights: number[]
}

interface Base {
  /** Postings of term t lie between offsets[t] and offsets[t + 1], slots rising. */
  offsets: Uint32Array
  slots: Uint32Array
  weights: Uint8Array
}

export interface Postings {
  add(slot: number, chunk: ChunkTerms): void
  /** Scores the eligible slots that hold any of the terms. Every term counts once, however often it is given. */
  search(terms: readonly number[], view: PostingsView): TextScores
}

/** Scores of one search; they hold until the next one. */
export interface TextScores {
  scoreOf(slot: number): number
  best(count: number): ScoredSlot[]
}

export interface PostingsView {
  /** 1 where the chunk exists: only these count in the statistics. */
  alive: Uint8Array
  /** 1 where the chunk may be returned. */
  eligible: Uint8Array
}

/**
 * Postings live in flat arrays that are built once; later chunks go to a small overlay, which is merged in when it has
 * grown to a quarter. Removed chunks stay and are skipped; document frequencies and the mean length count living chunks
 * only, so scores do not depend on the history of the file.
 */
export function createPostings(): Postings {
  let base: Base = { offsets: new Uint32Array(1), slots: new Uint32Array(0), weights: new Uint8Array(0) }
  let overlay = new Map<number, Overlay>()
  let overlaySize = 0
  let pending: { slot: number; chunk: ChunkTerms }[] = []
  let pendingSize = 0
  const lengths: number[] = []
  let scores = new Float64Array(0)

  function settle(): void {
    if (pending.length === 0) return
    if (overlaySize + pendingSize > base.slots.length / 4 + 1000) {
      base = mergeAll(base, overlay, pending)
      overlay = new Map()
      overlaySize = 0
    } else {
      for (const { slot, chunk } of pending) addToOverlay(overlay, slot, chunk)
      overlaySize += pendingSize
    }
    pending = []
    pendingSize = 0
  }

  return {
    add(slot, chunk) {
      lengths[slot] = chunk.length
      pending.push({ slot, chunk })
      pendingSize += chunk.terms.length
    },
    search(terms, view) {
      settle()
      if (scores.length < lengths.length) scores = new Float64Array(Math.ceil(lengths.length * 1.25))
      const { living, meanLength } = measure(lengths, view.alive)
      scores.fill(0)
      for (const term of new Set(terms)) {
        const lists = listsOf(term, base, overlay)
        let frequency = 0
        for (const list of lists)
          for (let i = 0; i < list.slots.length; i++) frequency += view.alive[list.slots[i] ?? 0] ?? 0
        const idf = Math.log(1 + (living - frequency + 0.5) / (frequency + 0.5))
        for (const list of lists) {
          for (let i = 0; i < list.slots.length; i++) {
            const slot = list.slots[i] ?? 0
            if (view.eligible[slot] !== 1) continue
            const tf = (list.weights[i] ?? 0) * WEIGHT_UNIT
            const norm = K1 * (1 - B + (B * (lengths[slot] ?? 0)) / meanLength)
            scores[slot] = (scores[slot] ?? 0) + (idf * tf * (K1 + 1)) / (tf + norm)
          }
        }
      }
      return { scoreOf: (slot) => scores[slot] ?? 0, best: (count) => pickBest(scores, lengths.length, count) }
    },
  }
}

function pickBest(scores: Float64Array, size: number, count: number): ScoredSlot[] {
  const best = createTopList(count)
  for (let slot = 0; slot < size; slot++) {
    const score = scores[slot] ?? 0
    if (score > 0 && score > best.threshold) best.add(slot, score)
  }
  return best.take()
}

function measure(lengths: readonly number[], alive: Uint8Array): { living: number; meanLength: number } {
  let living = 0
  let total = 0
  for (let slot = 0; slot < lengths.length; slot++) {
    if (alive[slot] !== 1) continue
    living++
    total += lengths[slot] ?? 0
  }
  return { living, meanLength: total / Math.max(1, living) || 1 }
}

interface PostingList {
  slots: ArrayLike<number>
  weights: ArrayLike<number>
}

function listsOf(term: number, base: Base, overlay: ReadonlyMap<number, Overlay>): PostingList[] {
  const from = base.offsets[term] ?? 0
  const to = base.offsets[term + 1] ?? from
  const lists: PostingList[] = [{ slots: base.slots.subarray(from, to), weights: base.weights.subarray(from, to) }]
  const added = overlay.get(term)
  if (added) lists.push(added)
  return lists
}

function addToOverlay(overlay: Map<number, Overlay>, slot: number, chunk: ChunkTerms): void {
  for (let i = 0; i < chunk.terms.length; i++) {
    const term = chunk.terms[i] ?? 0
    const list = overlay.get(term) ?? { slots: [], weights: [] }
    list.slots.push(slot)
    list.weights.push(chunk.weights[i] ?? 0)
    overlay.set(term, list)
  }
}

/** A counting sort by term. Slots of base, overlay and pending rise in that order, so every list stays sorted. */
function mergeAll(
  base: Base,
  overlay: ReadonlyMap<number, Overlay>,
  pending: readonly { slot: number; chunk: ChunkTerms }[],
): Base {
  let terms = base.offsets.length - 1
  for (const term of overlay.keys()) terms = Math.max(terms, term + 1)
  for (const { chunk } of pending) for (const term of chunk.terms) terms = Math.max(terms, term + 1)
  const counts = new Uint32Array(terms + 1)
  const each = (visit: (term: number, slot: number, weight: number) => void): void => {
    for (let term = 0; term + 1 < base.offsets.length; term++) {
      const to = base.offsets[term + 1] ?? 0
      for (let i = base.offsets[term] ?? 0; i < to; i++) visit(term, base.slots[i] ?? 0, base.weights[i] ?? 0)
    }
    for (const [term, list] of overlay) {
      for (let i = 0; i < list.slots.length; i++) visit(term, list.slots[i] ?? 0, list.weights[i] ?? 0)
    }
    for (const { slot, chunk } of pending) {
      for (let i = 0; i < chunk.terms.length; i++) visit(chunk.terms[i] ?? 0, slot, chunk.weights[i] ?? 0)
    }
  }
  each((term) => {
    counts[term + 1] = (counts[term + 1] ?? 0) + 1
  })
  for (let term = 0; term < terms; term++) counts[term + 1] = (counts[term + 1] ?? 0) + (counts[term] ?? 0)
  const total = counts[terms] ?? 0
  const merged = { offsets: counts.slice(), slots: new Uint32Array(total), weights: new Uint8Array(total) }
  const next = counts
  each((term, slot, weight) => {
    const at = next[term] ?? 0
    merged.slots[at] = slot
    merged.weights[at] = weight
    next[term] = at + 1
  })
  return merged
}

/** The bytes stored with a chunk: its length and all numbers as little-endian uint32, then all weights. */
export function packTerms({ length, terms, weights }: ChunkTerms): Uint8Array {
  const bytes = new Uint8Array(4 + terms.length * 5)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length, true)
  for (const [i, term] of terms.entries()) view.setUint32(4 + i * 4, term, true)
  bytes.set(weights, 4 + terms.length * 4)
  return bytes
}

export function unpackTerms(bytes: Uint8Array): ChunkTerms {
  const count = Math.floor((bytes.length - 4) / 5)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const terms = new Uint32Array(count)
  for (let i = 0; i < count; i++) terms[i] = view.getUint32(4 + i * 4, true)
  return { length: view.getUint32(0, true), terms, weights: bytes.subarray(4 + count * 4, 4 + count * 5) }
}

/** Weighted frequency to its stored byte; below a half nothing is lost, since every occurrence counts at least one. */
export function toWeightByte(frequency: number): number {
  return Math.min(255, Math.round(frequency / WEIGHT_UNIT))
}
