// What each call of an AI function returns: its version by the kind of its labels, and its type.
import { LakedeskError } from '../../core/errors.ts'
import type { AiFunctionName } from '../ports/ai-functions.ts'
import { parseDdlType, toDuckTypeText } from '../ports/ddl-type.ts'
import { siteOf } from './ai-sites.ts'
import { toDatabricksType } from './databricks-type.ts'
import type { AiSite } from './statement.ts'
import { bodyOf, listOf, nameOf, type SqlNode, walk } from './tree.ts'

/** All calls of a numbered tree by their number. Throws AI_FUNCTION_INVALID. */
export function readAiSites(
  tree: SqlNode,
  functions: readonly AiFunctionName[],
  stages: ReadonlyMap<number, number>,
): AiSite[] {
  const sites: AiSite[] = []
  for (const node of walk(tree)) {
    const id = siteOf(node)
    const name = id === null ? undefined : functions[id]
    if (id === null || !name) continue
    const body = bodyOf(node, 'function') ?? {}
    if (body.distinct === true) throw wrong(name, 'DISTINCT does not belong into it')
    const args = listOf(body.args)
    const names = args.map((argument) => nameOf(bodyOf(argument, 'named_argument')?.name))
    if (names.some((written, i) => written === null && i > 0 && names[i - 1] !== null)) {
      throw wrong(name, 'a positional argument stands behind a named one')
    }
    const { type, version } = typeOf(name, args)
    const databricksType = toDatabricksType(type)
    sites[id] = { id, function: name, stage: stages.get(id) ?? 0, names, version, type, databricksType }
  }
  return sites
}

function typeOf(name: AiFunctionName, args: readonly SqlNode[]): { type: string; version: 1 | 2 | null } {
  if (name === 'ai_similarity') return { type: 'FLOAT', version: null }
  if (name === 'ai_query') return { type: typeOfQuery(args), version: null }
  if (name !== 'ai_classify' && name !== 'ai_extract') return { type: 'VARCHAR', version: null }
  const labels = argument(args, 1, name === 'ai_classify' ? 'labels' : 'schema') ?? argument(args, 1, 'labels')
  const array = arrayOf(labels)
  const version = versionOf(args) ?? (array ? 1 : 2)
  if (labels === null) throw wrong(name, `it takes a text and ${name === 'ai_classify' ? 'labels' : 'what to extract'}`)
  // A marker stands for a text: no statement takes an array as a parameter.
  if (!array && literalText(labels) === null && !bodyOf(labels, 'parameter')) {
    throw wrong(name, "labels are either ARRAY('a', 'b'), or a string that holds JSON such as '[\"a\", \"b\"]'")
  }
  if (version === 2) return { type: 'JSON', version }
  if (name === 'ai_classify') return { type: 'VARCHAR', version }
  if (!array) throw wrong(name, "version 1.0 takes its labels as ARRAY('a', 'b')")
  const fields = array.map((label) => literalText(label))
  if (fields.length === 0 || fields.some((field) => !field))
    throw wrong(name, 'each label must be a string that is written out')
  return { type: `STRUCT(${fields.map((field) => `${quote(field ?? '')} VARCHAR`).join(', ')})`, version }
}

function typeOfQuery(args: readonly SqlNode[]): string {
  const returnType = argument(args, 2, 'returnType')
  const format = argument(args, null, 'responseFormat')
  const value = returnType
    ? toDuckTypeText(parseDdlType(wanted(returnType, 'returnType')))
    : format
      ? typeOfFormat(wanted(format, 'responseFormat'))
      : 'VARCHAR'
  const fails = bodyOf(argument(args, null, 'failOnError'), 'boolean')
  if (argument(args, null, 'failOnError') && !fails) throw wrong('ai_query', 'failOnError is either true or false')
  return fails && fails.value !== true ? `STRUCT(response ${value}, errorMessage VARCHAR)` : value
}

/** A format in JSON leaves the answer a text; one in DDL has a single field, whose value is the answer. */
function typeOfFormat(format: string): string {
  const trimmed = format.trim()
  if (trimmed.startsWith('{') || trimmed.toLowerCase() === 'text') return 'VARCHAR'
  const type = parseDdlType(trimmed)
  const fields = type.kind === 'struct' ? type.fields : []
  const [field] = fields
  if (!field || fields.length !== 1) {
    throw wrong(
      'ai_query',
      "responseFormat is 'text', JSON, or a STRUCT with exactly one field, such as 'STRUCT<result: STRUCT<a: STRING>>'",
    )
  }
  return toDuckTypeText(field.type)
}

/** An argument by its place or its name. */
export function argument(args: readonly SqlNode[], position: number | null, name: string): SqlNode | null {
  for (const [i, node] of args.entries()) {
    const named = bodyOf(node, 'named_argument')
    const value = named?.value
    if (named && nameOf(named.name)?.toLowerCase() === name.toLowerCase()) return value as SqlNode
    if (!named && i === position) return node
  }
  return null
}

function versionOf(args: readonly SqlNode[]): 1 | 2 | null {
  const options = bodyOf(argument(args, 2, 'options'), 'function')
  if (nameOf(options)?.toLowerCase() !== 'map') return null
  const pairs = listOf(options?.args).map(literalText)
  const at = pairs.findIndex((key, i) => i % 2 === 0 && key?.toLowerCase() === 'version')
  const version = at < 0 ? null : pairs[at + 1]
  if (!version) return null
  return version.startsWith('1') ? 1 : 2
}

function arrayOf(node: unknown): readonly SqlNode[] | null {
  const body = bodyOf(node, 'function')
  return nameOf(body)?.toLowerCase() === 'array' ? listOf(body?.args) : null
}

function literalText(node: unknown): string | null {
  const literal = bodyOf(node, 'literal')
  const isText = literal?.literal_type === 'string' || literal?.literal_type === 'raw_string'
  return isText ? String(literal?.value) : null
}

function wanted(node: SqlNode, name: string): string {
  const value = literalText(node)
  if (value === null) throw wrong('ai_query', `${name} must be a string that is written out`)
  return value
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function wrong(name: string, why: string): LakedeskError {
  return new LakedeskError('AI_FUNCTION_INVALID', `${name}() is called wrongly: ${why}.`)
}
