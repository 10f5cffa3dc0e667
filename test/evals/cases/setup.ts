// What the tests of questions from users share: feedback records over a real store.
import { type Feedback, toFeedbackId } from '../../../src/core/feedback.ts'
import { silentLog } from '../../../src/core/log.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'

export const openStore = () => openSqliteStore({ file: ':memory:', log: silentLog })

type Given = Partial<Omit<Feedback, 'answer'>> & { answer?: Partial<Feedback['answer']>; name?: string }

export function word({ answer, name = 'Ann', ...more }: Given = {}): Feedback {
  const principal = `${name.toLowerCase()}@acme.example`
  return {
    ...{ kind: 'word', turn: 't1', rating: 'down', reason: 'wrong page', teaches: true },
    by: { principal, identity: `desk/acme/${name.toLowerCase()}`, name },
    place: { channel: 'desk', thread: 'desk:1' },
    ...{ at: '2026-11-01T10:00:00.000Z', press: 'p1', word: 1, done: { case: 0, trace: 0 } },
    answer: {
      ...{ question: 'How do I print?', text: 'Press the key [1].', refused: false, version: 'rag v3' },
      ...{ cited: ['print.md'], history: [] },
      passages: [{ chunk_id: 'k1', doc_id: 'print.md', title: 'Printing', text: 'Press the key.' }],
      ...{ startedAt: '2026-11-01T09:59:00.000Z', durationMs: 1200 },
      ...answer,
    },
    ...more,
  }
}

export const idOf = ({ turn, by }: Feedback) => toFeedbackId(turn, by.principal)
