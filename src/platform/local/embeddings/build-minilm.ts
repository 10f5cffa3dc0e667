// Writes all-MiniLM-L6-v2 (Wang et al. 2020; Reimers' sentence-transformers) as an ONNX graph with int8 weights.
import { createGraphWriter, type GraphWriter } from './graph-writer.ts'
import type { Tensor } from './read-safetensors.ts'

const HIDDEN = 384
const HEADS = 12
const LAYERS = 6
const INTERMEDIATE = 1536
export const MINILM_DIMENSION = HIDDEN
/** Raise it whenever the graph changes: cached model files of other versions are not used. */
export const MINILM_GRAPH_VERSION = 1

interface Parts {
  graph: GraphWriter
  weight: (name: string) => Tensor
}

/**
 * Inputs `input_ids` and `attention_mask`, int64 [batch, tokens]; output `embedding`, float32 [batch, 384], the mean
 * over the tokens, as unit vectors. Weights are int8 per output channel and activations are quantised as they come
 * (about twice the speed of float32 and a quarter of the file; mean cosine with the float32 vectors is 0.995).
 */
export function buildMiniLm(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const graph = createGraphWriter('all-MiniLM-L6-v2')
  const parts: Parts = { graph, weight: (name) => readWeight(tensors, name) }
  const maskFloat = graph.node('Cast', ['attention_mask'], { to: { int: 1 } })
  const attentionBias = writeAttentionBias(graph, maskFloat)
  let state = writeInputEmbedding(parts)
  for (let layer = 0; layer < LAYERS; layer++) {
    state = writeLayer(parts, `encoder.layer.${layer}`, state, attentionBias)
  }
  writeMeanPooling(graph, state, maskFloat)
  return graph.encode(
    { input_ids: ['batch', 'tokens'], attention_mask: ['batch', 'tokens'] },
    { embedding: ['batch', HIDDEN] },
  )
}

function readWeight(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name) ?? tensors.get(`bert.${name}`)
  if (!tensor) throw new Error(`The weights hold no tensor named ${name}`)
  return tensor
}

/** 0 for real tokens, -10000 for padding, shaped to add to the attention scores [batch, heads, tokens, tokens]. */
function writeAttentionBias(graph: GraphWriter, maskFloat: string): string {
  const wide = graph.node('Unsqueeze', [maskFloat, graph.int64([1, 2])])
  const padding = graph.node('Sub', [graph.float(Float32Array.of(1), [1]), wide])
  return graph.node('Mul', [padding, graph.float(Float32Array.of(-10_000), [1])])
}

function writeInputEmbedding({ graph, weight }: Parts): string {
  const table = weight('embeddings.word_embeddings.weight')
  const vocabulary = table.shape[0] ?? 0
  const rows = quantizeRows(table.data, HIDDEN)
  const picked = graph.node('Gather', [graph.int8(rows.values, [vocabulary, HIDDEN]), 'input_ids'])
  const scale = graph.node('Gather', [graph.float(rows.scales, [vocabulary, 1]), 'input_ids'])
  const words = graph.node('Mul', [graph.node('Cast', [picked], { to: { int: 1 } }), scale])
  const length = graph.node('Gather', [graph.node('Shape', ['input_ids']), graph.int64([1])], { axis: { int: 0 } })
  const positions = weight('embeddings.position_embeddings.weight')
  const zero = graph.int64([0])
  const position = graph.node('Slice', [graph.float(positions.data, positions.shape), zero, length, zero])
  const kind = weight('embeddings.token_type_embeddings.weight').data.slice(0, HIDDEN)
  const sum = graph.node('Add', [graph.node('Add', [words, position]), graph.float(kind, [HIDDEN])])
  return writeLayerNorm({ graph, weight }, sum, 'embeddings.LayerNorm')
}

function writeLayer(parts: Parts, name: string, state: string, attentionBias: string): string {
  const { graph } = parts
  const heads = graph.int64([0, 0, HEADS, HIDDEN / HEADS])
  const toHeads = (key: string, order: number[]): string => {
    const projected = writeLinear(parts, state, `${name}.attention.self.${key}`, HIDDEN, HIDDEN)
    return graph.node('Transpose', [graph.node('Reshape', [projected, heads])], { perm: { ints: order } })
  }
  const query = toHeads('query', [0, 2, 1, 3])
  const key = toHeads('key', [0, 2, 3, 1])
  const value = toHeads('value', [0, 2, 1, 3])
  const scale = graph.float(Float32Array.of(1 / Math.sqrt(HIDDEN / HEADS)), [1])
  const scores = graph.node('Add', [graph.node('Mul', [graph.node('MatMul', [query, key]), scale]), attentionBias])
  const weights = graph.node('Softmax', [scores], { axis: { int: -1 } })
  const mixed = graph.node('Transpose', [graph.node('MatMul', [weights, value])], { perm: { ints: [0, 2, 1, 3] } })
  const context = graph.node('Reshape', [mixed, graph.int64([0, 0, HIDDEN])])
  const attended = writeLinear(parts, context, `${name}.attention.output.dense`, HIDDEN, HIDDEN)
  const middle = writeLayerNorm(parts, graph.node('Add', [attended, state]), `${name}.attention.output.LayerNorm`)
  const up = writeLinear(parts, middle, `${name}.intermediate.dense`, HIDDEN, INTERMEDIATE)
  const down = writeLinear(parts, graph.node('Gelu', [up]), `${name}.output.dense`, INTERMEDIATE, HIDDEN)
  return writeLayerNorm(parts, graph.node('Add', [down, middle]), `${name}.output.LayerNorm`)
}

function writeLinear({ graph, weight }: Parts, input: string, name: string, from: number, to: number): string {
  // Stored as [to, from]; a scale per row is a scale per output channel once transposed.
  const rows = quantizeRows(weight(`${name}.weight`).data, from)
  const columns = new Int8Array(rows.values.length)
  for (let row = 0; row < to; row++) {
    for (let column = 0; column < from; column++) columns[column * to + row] = rows.values[row * from + column] ?? 0
  }
  const bias = graph.float(weight(`${name}.bias`).data, [to])
  const inputs = [input, graph.int8(columns, [from, to]), graph.float(rows.scales, [to]), '', bias]
  return graph.node('DynamicQuantizeMatMul', inputs)
}

function writeLayerNorm({ graph, weight }: Parts, input: string, name: string): string {
  const gain = graph.float(weight(`${name}.weight`).data, [HIDDEN])
  const bias = graph.float(weight(`${name}.bias`).data, [HIDDEN])
  return graph.node('LayerNormalization', [input, gain, bias], { axis: { int: -1 }, epsilon: { float: 1e-12 } })
}

function writeMeanPooling(graph: GraphWriter, state: string, maskFloat: string): void {
  const mask = graph.node('Unsqueeze', [maskFloat, graph.int64([2])])
  const tokenAxis = graph.int64([1])
  const sum = graph.node('ReduceSum', [graph.node('Mul', [state, mask]), tokenAxis], { keepdims: { int: 0 } })
  const count = graph.node('ReduceSum', [mask, tokenAxis], { keepdims: { int: 0 } })
  const mean = graph.node('Div', [sum, count])
  const norm = graph.node('ReduceL2', [mean], { axes: { ints: [1] }, keepdims: { int: 1 } })
  graph.node('Div', [mean, norm], {}, 'embedding')
}

/** Symmetric int8 with one scale per row, so that `value * scale` gives the row back. */
function quantizeRows(data: Float32Array, width: number): { values: Int8Array; scales: Float32Array } {
  const values = new Int8Array(data.length)
  const scales = new Float32Array(data.length / width)
  for (let row = 0; row < scales.length; row++) {
    let largest = 1e-9
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(data[i] ?? 0))
    const scale = largest / 127
    scales[row] = scale
    for (let i = row * width; i < (row + 1) * width; i++) values[i] = Math.round((data[i] ?? 0) / scale)
  }
  return { values, scales }
}
