// Reads the arguments of one AI function, as SQL handed them over, into a checked call.
import type { AiCall, AiFunctionName, Json } from '../ports/ai-functions.ts'
import { type AiForm, type Arguments, type CallShape, invalid, toText } from './call-shape.ts'
import { readClassify, readLabelTexts } from './read-labels.ts'
import { readQuery } from './read-query.ts'
import { readExtract } from './read-schema.ts'

/** Where a call stands in a statement: what lakedesk_ai is told beside the values. */
export interface CallSite {
  function: AiFunctionName
  /** Of named arguments, null for positional ones, in the order of the values. */
  names: readonly (string | null)[]
  /** Of ai_classify and ai_extract, where the statement was read with it: its columns are typed by it. */
  version?: 1 | 2 | null
}

export interface ReadCall {
  /** Null where the answer is NULL without asking, or where `fault` says what is wrong. */
  call: AiCall | null
  form: AiForm
  /** One sentence: the content of this row cannot be taken. All others can. */
  fault: string | null
}

export const MAX_CONTENT_TOKENS = 128_000
/** English averages four characters per token; no tokenizer is at hand, and the limit is a guard and no bill. */
export const CHARACTERS_PER_TOKEN = 4

interface Signature {
  /** Names in order, those from `optional` on may be absent. */
  parameters: readonly string[]
  required: number
  /** NULL here makes the answer NULL. The first is the content. */
  content: readonly string[]
  read(args: Arguments, version?: 1 | 2 | null): CallShape
}

const TEXT: AiForm = { kind: 'text' }

const SIGNATURES: Readonly<Record<AiFunctionName, Signature>> = {
  ai_classify: { parameters: ['content', 'labels', 'options'], required: 2, content: ['content'], read: readClassify },
  ai_extract: { parameters: ['content', 'schema', 'options'], required: 2, content: ['content'], read: readExtract },
  ai_summarize: { parameters: ['content', 'max_words'], required: 1, content: ['content'], read: readSummarize },
  ai_query: {
    parameters: ['endpoint', 'request', 'returntype', 'failonerror', 'modelparameters', 'responseformat', 'files'],
    required: 2,
    content: ['request'],
    read: readQuery,
  },
  ai_analyze_sentiment: {
    parameters: ['content'],
    required: 1,
    content: ['content'],
    read: () => ({ form: TEXT, with: (content) => ({ function: 'ai_analyze_sentiment', content }) }),
  },
  ai_similarity: {
    parameters: ['expr1', 'expr2'],
    required: 2,
    content: ['expr1', 'expr2'],
    read: (args) => {
      const right = toText(args.get('expr2') ?? '')
      return { form: { kind: 'number' }, with: (left) => ({ function: 'ai_similarity', left, right }) }
    },
  },
  ai_gen: {
    parameters: ['prompt'],
    required: 1,
    content: ['prompt'],
    read: () => ({ form: TEXT, with: (prompt) => ({ function: 'ai_gen', prompt }) }),
  },
  ai_fix_grammar: {
    parameters: ['content'],
    required: 1,
    content: ['content'],
    read: () => ({ form: TEXT, with: (content) => ({ function: 'ai_fix_grammar', content }) }),
  },
  ai_mask: {
    parameters: ['content', 'labels'],
    required: 2,
    content: ['content'],
    read: (args) => {
      const labels = readLabelTexts('ai_mask', args.get('labels') ?? null, 1, 500)
      return { form: TEXT, with: (content) => ({ function: 'ai_mask', content, labels }) }
    },
  },
  ai_translate: { parameters: ['content', 'to_lang'], required: 2, content: ['content'], read: readTranslate },
}

/** Other names that the sources use for the same parameter. */
const SYNONYMS: Readonly<Record<string, string>> = { labels: 'schema', to: 'to_lang', target_lang: 'to_lang' }

const LANGUAGES = ['en', 'de', 'fr', 'it', 'pt', 'hi', 'es', 'th']

/** The last shape of each site: most statements give the same labels and options for all rows. */
const lastShapes = new WeakMap<CallSite, { key: string; shape: CallShape }>()

/**
 * `values` are what json_array made of the arguments, in the order of the text. Throws AI_FUNCTION_INVALID where an argument other
 * than the content is wrong: such a statement can give nothing. A content that is too long is the `fault` of its row alone.
 * Limits: https://docs.databricks.com/aws/en/sql/language-manual/functions/ai_classify and its sister pages.
 */
export function readAiCall(site: CallSite, values: readonly unknown[]): ReadCall {
  const signature = SIGNATURES[site.function]
  const args = nameArguments(site, values as readonly Json[], signature)
  const [first = 'content'] = signature.content
  const key = JSON.stringify([...args].filter(([name]) => name !== first))
  let last = lastShapes.get(site)
  const isNull = signature.content.some((name) => args.get(name) === null)
  if (last?.key !== key) {
    last = { key, shape: signature.read(args, site.version) }
    lastShapes.set(site, last)
  }
  const { shape } = last
  if (isNull) return { call: null, form: shape.form, fault: null }
  const content = toText(args.get(first) ?? '')
  const tokens = Math.ceil(content.length / CHARACTERS_PER_TOKEN)
  if (tokens > MAX_CONTENT_TOKENS) {
    const fault = `The text has about ${tokens.toLocaleString('en-US')} tokens, and ${site.function} takes ${MAX_CONTENT_TOKENS.toLocaleString('en-US')}: shorten it.`
    return { call: null, form: shape.form, fault }
  }
  return { call: shape.with(content), form: shape.form, fault: null }
}

function nameArguments(site: CallSite, values: readonly Json[], { parameters, required }: Signature): Arguments {
  const list = parameters.join(', ')
  if (values.length > parameters.length) {
    throw invalid(site.function, `it was given ${values.length} arguments and takes ${parameters.length} (${list})`)
  }
  const args = new Map<string, Json>()
  values.forEach((value, i) => {
    const given = site.names[i]?.toLowerCase()
    const synonym = given === undefined ? undefined : SYNONYMS[given]
    const name = given === undefined ? parameters[i] : synonym && parameters.includes(synonym) ? synonym : given
    if (name === undefined || !parameters.includes(name)) {
      throw invalid(site.function, `it has no parameter "${site.names[i]}", only ${list}`)
    }
    if (args.has(name)) throw invalid(site.function, `"${name}" is given twice`)
    args.set(name, value)
  })
  const missing = parameters.slice(0, required).find((name) => !args.has(name))
  if (missing) throw invalid(site.function, `"${missing}" is missing`)
  return args
}

function readSummarize(args: Arguments): CallShape {
  const maxWords = args.has('max_words') ? args.get('max_words') : 50
  if (typeof maxWords !== 'number' || !Number.isInteger(maxWords) || maxWords < 0) {
    throw invalid('ai_summarize', `max_words is ${JSON.stringify(maxWords)}; give a whole number from 0 (no limit) on`)
  }
  return { form: TEXT, with: (content) => ({ function: 'ai_summarize', content, maxWords }) }
}

function readTranslate(args: Arguments): CallShape {
  const language = args.get('to_lang')
  const to = typeof language === 'string' ? language.trim().toLowerCase() : ''
  if (!LANGUAGES.includes(to)) {
    throw invalid('ai_translate', `it translates to ${LANGUAGES.join(', ')}, and not to ${JSON.stringify(language)}`)
  }
  return { form: TEXT, with: (content) => ({ function: 'ai_translate', content, to }) }
}
