// Makes a reasoned thumb down a proposed question of the labelled set, and takes it back with the word it rested on.
import type { Feedback } from '../../core/feedback.ts'
import { nameKey } from '../../core/identity.ts'
import { changeRecord } from '../../store/change-record.ts'
import type { Ledger } from '../../store/port.ts'
import { type CaseRecord, caseRecordSchema, toCaseId } from './case-record.ts'

/**
 * One question of one version is one proposal: what others say of it is added, and a person's newer word replaces their older
 * one. Safe to call again. What was decided stays decided. `id`: of the record of feedback. Returns the proposal as it stands;
 * null where the word proposes nothing and never did. Throws STORE_*.
 */
export async function proposeCase(feedback: Feedback, id: string, cases: Ledger): Promise<CaseRecord | null> {
  const { answer } = feedback
  const thread = answer.history.filter(({ text }) => text.trim() !== '')
  const caseId = toCaseId({ question: answer.question, thread }, answer.version)
  const word = toWord(feedback, id)
  return changeRecord<CaseRecord>(cases, caseId, caseRecordSchema.parse, (old) => {
    if (word === null) return old && takeBack(old, id, feedback.at)
    if (old) return addWord(old, word)
    return {
      ...{ id: caseId, state: 'proposed', question: answer.question.trim(), thread },
      ...{ facts: [], page: null, unanswerable: false },
      ...{ answer: answer.text, version: answer.version, cited: answer.cited, passages: answer.passages },
      ...{ words: [word], edits: 0, decided: null, acceptedAt: null, dataset: null },
    }
  })
}

/** Null where the word is no reasoned thumb down of somebody who may propose. */
function toWord({ rating, reason, teaches, by, at }: Feedback, id: string): CaseRecord['words'][number] | null {
  if (rating !== 'down' || reason === null || reason.trim() === '' || !teaches) return null
  return { feedback: id, name: by.name ?? by.principal, reason, at }
}

function addWord(old: CaseRecord, word: CaseRecord['words'][number]): CaseRecord | null {
  const mine = old.words.find(({ feedback }) => personOf(feedback) === personOf(word.feedback))
  if (mine && mine.reason === word.reason && mine.feedback === word.feedback && !wasTakenBack(old)) return null
  const words = mine ? old.words.map((each) => (each === mine ? word : each)) : [...old.words, word]
  return wasTakenBack(old) ? { ...old, words, state: 'proposed', decided: null } : { ...old, words }
}

/** The same person on another answer to the same question is one voice. */
function personOf(feedbackId: string): string {
  return nameKey(feedbackId.slice(feedbackId.indexOf('/') + 1))
}

function takeBack(old: CaseRecord, id: string, at: string): CaseRecord | null {
  const words = old.words.filter(({ feedback }) => feedback !== id)
  if (words.length === old.words.length) return null
  if (words.length > 0 || old.state !== 'proposed') return { ...old, words }
  const name = old.words[0]?.name ?? ''
  return { ...old, words, state: 'dropped', decided: { principal: '', name, at, turn: null } }
}

/** Dropped by nobody: those who had complained changed their mind. */
function wasTakenBack({ state, decided }: CaseRecord): boolean {
  return state === 'dropped' && decided?.turn === null
}
