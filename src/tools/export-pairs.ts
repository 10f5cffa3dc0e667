// The tool that hands over the answers kept for training, as a file of conversations.
import { z } from 'zod'
import { isListed } from '../approvals/why-not-vote.ts'
import { FILE_LIMIT, type Saying } from '../core/reply.ts'
import type { Store } from '../store/port.ts'
import { readPairs } from '../training/pairs.ts'
import { writeExamples } from '../training/write-examples.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({})

export type ExportedPairs = { kind: 'refused'; why: string } | { kind: 'said'; saying: Saying; pairs: number }

export interface ExportPairsParts {
  store: Pick<Store, 'ledger'>
  /** Principals who may curate: pairs may hold words of private chats. */
  curators: readonly string[]
}

export function createExportPairs({
  store,
  curators,
}: ExportPairsParts): Tool<z.infer<typeof inputSchema>, ExportedPairs> {
  return defineTool<z.infer<typeof inputSchema>, ExportedPairs>({
    name: 'export-pairs',
    description: 'Hands over the questions and answers that people kept for training, as JSON lines.',
    input: inputSchema,
    peopleOnly: true,
    async run(_, { actor }) {
      if (!actor || !isListed(curators, actor.principal)) {
        const who = curators.length === 0 ? 'nobody is named yet' : `these may: ${curators.join(', ')}`
        return {
          kind: 'refused',
          why: `Kept answers may hold words of private chats, so only curators get them; ${who}.`,
        }
      }
      const { examples, broken, notes } = await readPairs(store)
      return { kind: 'said', ...toFile(examples, [...notes, ...broken.map(({ why }) => `One was left out: ${why}.`)]) }
    },
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: (outcome) => (outcome.kind === 'refused' ? outcome.why : outcome.saying.text),
    toSaying: (outcome) => (outcome.kind === 'refused' ? { text: outcome.why } : outcome.saying),
    toAuditFacts: (outcome) => (outcome.kind === 'said' ? { pairs: outcome.pairs } : {}),
    commands: [
      {
        name: 'pairs',
        usage: 'the answers that were kept for training, as a file of JSON lines; for curators',
        toInput: (text) => (text.trim() === '' ? { input: {} } : 'Write `pairs` alone.'),
      },
    ],
  })
}

type Examples = Awaited<ReturnType<typeof readPairs>>['examples']

/** The newest that fit into one file. */
function toFile(examples: Examples, notes: readonly string[]): { saying: Saying; pairs: number } {
  if (examples.length === 0) return { saying: { text: notes.join(' ') }, pairs: 0 }
  const lines = examples.map((example) => {
    const [file] = writeExamples([example], 'chat-jsonl')
    return new TextDecoder().decode(file?.bytes)
  })
  let [from, left] = [lines.length, FILE_LIMIT]
  while (from > 0 && (lines[from - 1]?.length ?? 0) <= left) left -= lines[--from]?.length ?? 0
  const kept = lines.slice(from)
  const all = kept.length === lines.length ? '' : ` The newest ${kept.length} of ${lines.length} fit into the file.`
  const text = `${kept.length} ${kept.length === 1 ? 'answer' : 'answers'} kept for training, as chat JSON lines.${all} ${notes.join(' ')}`
  const file = { kind: 'file' as const, name: 'feedback.jsonl', mediaType: 'application/jsonl', text: kept.join('') }
  return { saying: { text: text.trim(), blocks: [file] }, pairs: kept.length }
}
