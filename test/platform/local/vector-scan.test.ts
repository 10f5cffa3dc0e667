// The SIMD scan against a plain one, and its bytes against its source.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import initWabt from 'wabt'
import { createSeededRandom, type SeededRandom } from '../../../bench/lib/seeded-random.ts'
import { SCAN_WASM_BASE64 } from '../../../src/platform/local/index/scan-wasm.ts'
import { createTopList } from '../../../src/platform/local/index/top-list.ts'
import { createVectorScan } from '../../../src/platform/local/index/vector-scan.ts'

function drawUnit(random: SeededRandom, dimension: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, () => random.normal())
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

describe('The vector scan', () => {
  it('has the bytes that its source compiles to', async () => {
    const source = await readFile(new URL('../../../src/platform/local/index/scan.wat', import.meta.url), 'utf8')
    const wabt = await initWabt()
    const module = wabt.parseWat('scan.wat', source, { simd: true })
    module.resolveNames()
    module.validate()
    expect(Buffer.from(module.toBinary({}).buffer).toString('base64')).toBe(SCAN_WASM_BASE64)
  })

  it.each([
    { dimension: 384, rows: 9000, seed: 1 },
    { dimension: 384, rows: 4096, seed: 2 },
    { dimension: 384, rows: 1, seed: 3 },
    { dimension: 10, rows: 4097, seed: 4 },
    { dimension: 1024, rows: 500, seed: 5 },
  ])('holds the exact best of $rows vectors of $dimension numbers', ({ dimension, rows, seed }) => {
    const random = createSeededRandom(seed)
    const vectors = Array.from({ length: rows }, () => drawUnit(random, dimension))
    const eligible = Uint8Array.from(vectors, () => (random.next() < 0.7 ? 1 : 0))
    const scan = createVectorScan(dimension)
    for (const [slot, vector] of vectors.entries()) scan.set(slot, vector)
    for (let round = 0; round < 5; round++) {
      const query = drawUnit(random, dimension)
      const exact = vectors
        .map((vector, slot) => ({ slot, score: dot(query, vector) }))
        .filter(({ slot }) => eligible[slot] === 1)
        .sort((a, b) => b.score - a.score)
        .slice(0, 10)
      const found = new Set(scan.search(query, 200, eligible))
      expect(exact.filter(({ slot }) => !found.has(slot))).toEqual([])
      expect([...found].filter((slot) => eligible[slot] !== 1)).toEqual([])
      expect(found.size).toBe(
        Math.min(
          200,
          eligible.reduce((sum, bit) => sum + bit, 0),
        ),
      )
    }
  })

  it('replaces a vector, and returns nothing where nothing may be returned', () => {
    const scan = createVectorScan(4)
    scan.set(0, Float32Array.of(1, 0, 0, 0))
    scan.set(1, Float32Array.of(0, 1, 0, 0))
    expect(scan.search(Float32Array.of(1, 0.1, 0, 0), 1, Uint8Array.of(1, 1))).toEqual([0])
    scan.set(0, Float32Array.of(-1, 0, 0, 0))
    expect(scan.search(Float32Array.of(1, 0.1, 0, 0), 1, Uint8Array.of(1, 1))).toEqual([1])
    expect(scan.search(Float32Array.of(1, 0, 0, 0), 5, Uint8Array.of(0, 0))).toEqual([])
    expect(createVectorScan(4).search(Float32Array.of(1, 0, 0, 0), 5, new Uint8Array(0))).toEqual([])
  })
})

describe('The list of the best', () => {
  it('is what sorting gives, equal scores by slot', () => {
    const random = createSeededRandom(11)
    for (const size of [0, 1, 7, 500]) {
      const entries = Array.from({ length: 300 }, (_, slot) => ({ slot, score: Math.floor(random.next() * 40) }))
      const list = createTopList(size)
      for (const { slot, score } of entries) list.add(slot, score)
      const sorted = entries.toSorted((a, b) => b.score - a.score || a.slot - b.slot)
      expect(list.take()).toEqual(sorted.slice(0, size))
    }
  })
})
