// The tool that keeps an answer as a person worded it better, to train on.
import { z } from 'zod'
import { feedbackSchema, toFeedbackId } from '../core/feedback.ts'
import { nameKey } from '../core/identity.ts'
import { changeRecord } from '../store/change-record.ts'
import type { Store } from '../store/port.ts'
import { type Pair, pairSchema } from '../training/pairs.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({ turn: z.string().min(1).max(200), answer: z.string().trim().max(8_000) })
export type KeepAnswerInput = z.infer<typeof inputSchema>

export type KeptAnswer = { kind: 'refused'; why: string } | { kind: 'kept'; pair: Pair; changed: boolean }

const UNRATED =
  'Only an answer that you marked with a thumb up can be kept for training, and only by whoever asked or by linked people of the team. Press the thumb under the answer first.'

export function createKeepAnswer({ store }: { store: Pick<Store, 'ledger'> }): Tool<KeepAnswerInput, KeptAnswer> {
  return defineTool<KeepAnswerInput, KeptAnswer>({
    name: 'keep-answer',
    description: 'Keeps a question with the answer as a person worded it, to train models on.',
    input: inputSchema,
    peopleOnly: true,
    async run({ turn, answer }, { actor, turnId }) {
      if (!actor) throw new Error('The gate let nobody keep an answer.')
      const id = toFeedbackId(turn, nameKey(actor.principal))
      // What the person rated is read here, so that the value of a button can name nothing else.
      const rated = feedbackSchema.safeParse((await store.ledger('feedback').get(id))?.record)
      if (!rated.success || rated.data.rating !== 'up' || !rated.data.teaches) return { kind: 'refused', why: UNRATED }
      if (answer === '') return { kind: 'refused', why: 'The answer is empty, so nothing was kept. Write it again.' }
      const given = rated.data.answer
      const pair: Pair = {
        ...{ question: given.question, answer, given: given.text, history: given.history },
        ...{ by: actor.principal, at: new Date().toISOString(), press: turnId },
        ...{ version: given.version, turn },
      }
      let changed = false
      const kept = await changeRecord<Pair>(store.ledger('pairs'), id, pairSchema.parse, (old) => {
        changed = old?.answer !== answer
        return changed ? pair : null
      })
      return { kind: 'kept', pair: kept ?? pair, changed }
    },
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: describe,
    toSaying: (outcome) => ({ text: describe(outcome) }),
    toAuditInput: ({ turn, answer }) => ({ turn, characters: answer.length }),
    toAuditFacts: (outcome) => (outcome.kind === 'kept' ? { changed: outcome.changed } : {}),
    actions: {
      'keep-answer': ({ turn, input_answer: answer }) => (turn && answer !== undefined ? { turn, answer } : null),
    },
  })
}

function describe(outcome: KeptAnswer): string {
  if (outcome.kind === 'refused') return outcome.why
  const { answer, given } = outcome.pair
  const how = answer === given ? 'as it is' : 'in your words'
  return `Kept for training ${how}, thank you. \`finetune feedback\` trains on all that were kept.`
}
