// Reads the bot's own log, line by line: the lines that belong to a turn become steps that the page shows.
import { z } from 'zod'
import type { StepView } from './words.ts'

/** As pino writes it: `level` 20 debug to 50 error, `time` in milliseconds. */
const lineSchema = z.looseObject({
  level: z.number(),
  time: z.number(),
  msg: z.string().default(''),
  turn: z.string().min(1).optional(),
  ms: z.number().optional(),
  tool: z.string().optional(),
  outcome: z.string().optional(),
  model: z.string().optional(),
  ending: z.string().optional(),
  code: z.string().optional(),
  cause: z.looseObject({ message: z.string().optional() }).optional().catch(undefined),
})
export type LogLine = z.infer<typeof lineSchema>

/** Null where it is no line of the log, such as what Node itself prints. */
export function parseLogLine(line: string): LogLine | null {
  if (!line.startsWith('{')) return null
  try {
    return lineSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

const MAX_TEXT = 400

function describe(line: LogLine): { name: string; kind: StepView['kind']; text: string } {
  if (line.tool !== undefined) return { name: line.tool, kind: 'tool', text: line.outcome ?? line.msg }
  if (line.model !== undefined) return { name: line.model, kind: 'model', text: line.msg }
  const broken = line.level >= 40 ? [line.code, line.cause?.message].filter(Boolean).join(' ') : ''
  const text = broken === '' ? line.msg : `${line.msg}: ${broken}`
  const kind = /^(A turn|Took a turn|an activity was taken)/.test(line.msg) ? 'turn' : 'other'
  return { name: kind === 'turn' ? 'turn' : 'log', kind, text: line.ending ? `${text} (${line.ending})` : text }
}

const KNOWN_TURNS = 2_000

/**
 * Gives what tells the steps: null for a line that belongs to no turn of a person. Evaluations ask the agent hundreds of
 * questions that never came in as turns, and these would bury the visitor's own.
 */
export function createStepReader(): (line: LogLine, seq: number) => StepView | null {
  const turns = new Set<string>()
  return (line, seq) => {
    const { turn } = line
    if (turn === undefined) return null
    if (/^A turn /.test(line.msg)) turns.add(turn)
    const [oldest] = turns
    if (turns.size > KNOWN_TURNS && oldest !== undefined) turns.delete(oldest)
    return turns.has(turn) ? toStep(line, turn, seq) : null
  }
}

function toStep(line: LogLine, turn: string, seq: number): StepView {
  const { name, kind, text } = describe(line)
  return {
    seq,
    at: new Date(line.time).toISOString(),
    turn,
    name,
    kind,
    text: text.slice(0, MAX_TEXT),
    ...(line.ms === undefined ? {} : { took: line.ms }),
  }
}
