// A small writer of ONNX graphs: nodes and constants in, model bytes out.
import type { onnx as Onnx } from 'onnx-proto'
import onnxProto from 'onnx-proto'

// Numbers of TensorProto.DataType and AttributeProto.AttributeType in the ONNX specification.
const FLOAT = 1
const INT8 = 3
const INT64 = 7
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const

type Attribute = { float: number } | { int: number } | { ints: number[] }
type Dimension = number | string

export interface GraphWriter {
  float(data: Float32Array, dims: number[]): string
  int8(data: Int8Array, dims: number[]): string
  int64(values: number[], dims?: number[]): string
  /** Adds a node and returns the name of its only output. An empty input name leaves an optional input out. */
  node(op: string, inputs: string[], attributes?: Record<string, Attribute>, output?: string): string
  /** The finished model. Inputs are int64, outputs float32. */
  encode(inputs: Record<string, Dimension[]>, outputs: Record<string, Dimension[]>): Uint8Array
}

/** Operators outside the ONNX standard that onnxruntime brings along. */
const MICROSOFT_OPS = new Set(['DynamicQuantizeMatMul', 'Gelu'])

export function createGraphWriter(name: string): GraphWriter {
  const nodes: Onnx.INodeProto[] = []
  const constants: Onnx.ITensorProto[] = []

  function constant(dataType: number, data: Float32Array | Int8Array | BigInt64Array, dims: number[]): string {
    const id = `c${constants.length}`
    constants.push({ name: id, dims, dataType, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })
    return id
  }

  return {
    float: (data, dims) => constant(FLOAT, data, dims),
    int8: (data, dims) => constant(INT8, data, dims),
    int64: (values, dims) => constant(INT64, BigInt64Array.from(values.map(BigInt)), dims ?? [values.length]),
    node(op, inputs, attributes = {}, output = `n${nodes.length}`) {
      const attribute = Object.entries(attributes).map(([key, value]) => toAttribute(key, value))
      const domain = MICROSOFT_OPS.has(op) ? 'com.microsoft' : ''
      nodes.push({ opType: op, name: `${op}_${nodes.length}`, input: inputs, output: [output], attribute, domain })
      return output
    },
    encode(inputs, outputs) {
      const model = onnxProto.onnx.ModelProto.fromObject({
        irVersion: 8,
        producerName: 'lakedesk',
        opsetImport: [
          { domain: '', version: 17 },
          { domain: 'com.microsoft', version: 1 },
        ],
        graph: {
          name,
          node: nodes,
          initializer: constants,
          input: Object.entries(inputs).map(([key, dims]) => toValueInfo(key, INT64, dims)),
          output: Object.entries(outputs).map(([key, dims]) => toValueInfo(key, FLOAT, dims)),
        },
      })
      return onnxProto.onnx.ModelProto.encode(model).finish()
    },
  }
}

function toAttribute(name: string, value: Attribute): Onnx.IAttributeProto {
  if ('float' in value) return { name, type: ATTRIBUTE.float, f: value.float }
  if ('int' in value) return { name, type: ATTRIBUTE.int, i: value.int }
  return { name, type: ATTRIBUTE.ints, ints: value.ints }
}

function toValueInfo(name: string, elemType: number, dims: Dimension[]): Onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }))
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}
