// Exact nearest-neighbour scan over int8 copies of the vectors, by hand-written WebAssembly SIMD (scan.wat).
import { SCAN_WASM_BASE64 } from './scan-wasm.ts'
import { createTopList } from './top-list.ts'

const BLOCK_ROWS = 4096
const PAGE = 65_536
const LANES = 16

interface Block {
  rows: number
  scales: number
  mask: number
  out: number
}

export interface VectorScan {
  /** Puts a unit vector at a slot. Slots are dense: 0, 1, 2 and so on. */
  set(slot: number, vector: Float32Array): void
  /**
   * Slots of the `count` best by approximate dot product, best first. Only slots whose byte in `eligible` is not 0.
   * Scores are good to about 1%, so take many more than needed and rescore them with the exact vectors.
   */
  search(query: Float32Array, count: number, eligible: Uint8Array): number[]
}

type ScanFunction = (
  query: number,
  rows: number,
  scales: number,
  mask: number,
  out: number,
  count: number,
  dims: number,
) => void

export function createVectorScan(dimension: number): VectorScan {
  const { memory, scan } = instantiate()
  const dims = Math.ceil(dimension / LANES) * LANES
  const blocks: Block[] = []
  let slots = 0
  // The query lies at the start of the memory, as int16.
  let used = dims * 2
  const reserve = (bytes: number): number => {
    const at = used
    used += Math.ceil(bytes / LANES) * LANES
    const missing = used - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    return at
  }
  const addBlock = (): Block => {
    const rows = reserve(BLOCK_ROWS * dims)
    const block = { rows, scales: reserve(BLOCK_ROWS * 4), mask: reserve(BLOCK_ROWS), out: reserve(BLOCK_ROWS * 4) }
    blocks.push(block)
    return block
  }
  reserve(0)

  return {
    set(slot, vector) {
      while (blocks.length * BLOCK_ROWS <= slot) addBlock()
      const block = blocks[Math.floor(slot / BLOCK_ROWS)] ?? addBlock()
      const row = slot % BLOCK_ROWS
      const target = new Int8Array(memory.buffer, block.rows + row * dims, dims)
      const scale = largestOf(vector) / 127
      for (let i = 0; i < dimension; i++) target[i] = Math.round((vector[i] ?? 0) / scale)
      new Float32Array(memory.buffer, block.scales, BLOCK_ROWS)[row] = scale
      slots = Math.max(slots, slot + 1)
    },
    search(query, count, eligible) {
      const best = createTopList(count)
      const scale = largestOf(query) / 32_767
      const target = new Int16Array(memory.buffer, 0, dims)
      for (let i = 0; i < dimension; i++) target[i] = Math.round((query[i] ?? 0) / scale)
      for (const [index, block] of blocks.entries()) {
        const first = index * BLOCK_ROWS
        const rows = Math.min(BLOCK_ROWS, slots - first)
        new Uint8Array(memory.buffer, block.mask, rows).set(eligible.subarray(first, first + rows))
        scan(0, block.rows, block.scales, block.mask, block.out, rows, dims)
        const scores = new Float32Array(memory.buffer, block.out, rows)
        for (let row = 0; row < rows; row++) {
          const score = scores[row] ?? Number.NEGATIVE_INFINITY
          if (score > best.threshold) best.add(first + row, score)
        }
      }
      return best.take().map((entry) => entry.slot)
    },
  }
}

function largestOf(vector: Float32Array): number {
  let largest = 1e-12
  for (const value of vector) largest = Math.max(largest, Math.abs(value))
  return largest
}

function instantiate(): { memory: WebAssembly.Memory; scan: ScanFunction } {
  const module = new WebAssembly.Module(Buffer.from(SCAN_WASM_BASE64, 'base64'))
  const { memory, scan } = new WebAssembly.Instance(module).exports
  if (!(memory instanceof WebAssembly.Memory) || typeof scan !== 'function') throw new Error('scan.wat lacks an export')
  return { memory, scan: scan as ScanFunction }
}
