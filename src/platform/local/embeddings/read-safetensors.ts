// Reads a safetensors file (a JSON header, then raw little-endian tensors) into float32 arrays.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export interface Tensor {
  shape: number[]
  data: Float32Array
}

const entrySchema = z.object({
  dtype: z.enum(['F16', 'F32']),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})

/** Every tensor by name; half precision is widened. Throws where the header is not of this format. */
export function readSafetensors(file: string): Map<string, Tensor> {
  const bytes = readFileSync(file)
  const headerLength = Number(bytes.readBigUInt64LE(0))
  const header: unknown = JSON.parse(bytes.subarray(8, 8 + headerLength).toString('utf8'))
  const { __metadata__: _, ...entries } = z.record(z.string(), z.unknown()).parse(header)
  const tensors = new Map<string, Tensor>()
  for (const [name, value] of Object.entries(entries)) {
    // Position ids and the like come as integers: the graph does not need them.
    const entry = entrySchema.safeParse(value)
    if (!entry.success) continue
    const [from, to] = entry.data.data_offsets
    const raw = bytes.subarray(8 + headerLength + from, 8 + headerLength + to)
    tensors.set(name, { shape: entry.data.shape, data: entry.data.dtype === 'F16' ? fromHalf(raw) : fromFloat(raw) })
  }
  return tensors
}

function fromFloat(raw: Buffer): Float32Array {
  const copy = new Uint8Array(raw)
  return new Float32Array(copy.buffer)
}

function fromHalf(raw: Buffer): Float32Array {
  const out = new Float32Array(raw.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = halfToNumber(raw.readUInt16LE(i * 2))
  return out
}

/** IEEE 754 binary16 to a number. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
