// How a proposed question is shown: its card with what was asked, answered and complained of, and the queue of them.
import type { Block, Button, Form, Saying } from '../core/reply.ts'
import { cutLine, toWords } from '../core/text/cut-line.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { CaseRecord, CaseState } from '../evals/cases/case-record.ts'
import { tellDecision } from '../evals/cases/curate-case.ts'

/** Cards that stand under a queue. */
export const MOST_CARDS = 5
const MOST_ROWS = 15
/** Characters of one value on the card; the form holds those that can be changed whole. */
const MOST_VALUE = 600
/** Characters of a question in a line of the queue. */
const MOST_QUESTION = 80
const MOST_PASSAGE = 160
const MOST_PASSAGES = 6
const MOST_WORDS = 5

/** `text` is complete on its own. */
export function toCaseCard(record: CaseRecord): Saying {
  const { id, state, words } = record
  const decision = tellDecision(record)
  const by = words.length === 0 ? '' : `, from ${toPlainLine(listNames(words.map(({ name }) => name)))}`
  const head = `Question \`${id}\`${by}: **${toPlainLine(cutLine(record.question, MOST_VALUE))}**`
  const stands = decision === null ? 'It waits for a curator.' : `${toPlainLine(decision)}.`
  const expected = toExpectation(record)
  const text = [head, [stands, expected].filter((line) => line !== '').join(' ')].join('\n\n')
  return {
    text,
    blocks: [
      { kind: 'fields', fields: toFields(record) },
      ...toPassageTable(record),
      ...(state === 'dropped' ? [] : [toForm(record)]),
    ],
    buttons: toButtons(record),
    footer: `${id} · ${state}${record.dataset === null ? '' : ` · in the dataset ${record.dataset}`}`,
  }
}

function listNames(names: readonly string[]): string {
  return names.length > MOST_WORDS ? `${names.slice(0, MOST_WORDS).join(', ')} and others` : names.join(', ')
}

function toExpectation({ state, facts, page, unanswerable }: CaseRecord): string {
  if (unanswerable) return 'The documentation holds no answer: refusing is right.'
  const parts = [
    ...(facts.length > 0 ? [`must contain: ${facts.map(toPlainLine).join('; ')}`] : []),
    ...(page === null ? [] : [`expected page: ${toPlainLine(page)}`]),
  ]
  if (parts.length > 0) return `A right answer ${parts.join(', ')}.`
  if (state === 'dropped') return ''
  return 'Nothing says yet what a right answer must contain, so it would be judged by its sources alone.'
}

function toFields({ words, answer, version, thread }: CaseRecord): { label: string; value: string }[] {
  const said = words.slice(-MOST_WORDS).map(({ name, reason }) => `${name}: ${cutLine(reason, MOST_VALUE)}`)
  return [
    { label: 'Answer given', value: cutLine(answer, MOST_VALUE) },
    { label: 'What was wrong', value: said.length === 0 ? 'Everybody took it back.' : said.join('\n') },
    { label: 'Version', value: version ?? 'not known' },
    ...(thread.length === 0
      ? []
      : [
          {
            label: 'Said before',
            value: thread.map(({ role, text }) => `${role}: ${cutLine(text, MOST_QUESTION)}`).join('\n'),
          },
        ]),
  ]
}

/** What was found for the answer, best first; an empty list where nothing was. */
function toPassageTable({ passages }: CaseRecord): Block[] {
  if (passages.length === 0) return []
  const rows = passages.slice(0, MOST_PASSAGES).map(({ doc_id, text }) => {
    return [doc_id, cutLine(toWords(text), MOST_PASSAGE)]
  })
  const more = passages.length - rows.length
  const last = more > 0 ? [['', `and ${more} more`]] : []
  return [{ kind: 'table', columns: ['Page', 'Passage found for it'], rows: [...rows, ...last] }]
}

/** What the curator saw goes along, so that another's decision is never written over. */
function toValue({ id, state, edits }: CaseRecord): Record<string, string> {
  return { case: id, state, edits: String(edits) }
}

function toForm(record: CaseRecord): Block {
  const fields: Form['fields'] = [
    // Once it joined the set its results go by its words.
    ...(record.acceptedAt === null
      ? [{ id: 'question', label: 'Question', value: record.question, multiline: true }]
      : []),
    {
      id: 'facts',
      label: 'What a right answer must contain, one fact a line',
      value: record.facts.join('\n'),
      multiline: true,
    },
    { id: 'page', label: 'Expected page, such as account/reset-password.md', value: record.page ?? '' },
    {
      id: 'unanswerable',
      label: 'Is there an answer in the documentation?',
      value: record.unanswerable ? 'no' : 'yes',
      options: ['yes', 'no'],
    },
  ]
  return {
    kind: 'form',
    action: 'edit-case',
    submit: record.state === 'accepted' ? 'Save' : 'Save and accept',
    value: toValue(record),
    fields,
    command: `cases accept ${record.id} --facts "first; second" --page ${record.page ?? 'account/reset-password.md'}`,
  }
}

function toButtons(record: CaseRecord): Button[] {
  const value = toValue(record)
  const accept: Button = { action: 'accept-case', label: 'Accept', value, style: 'primary' }
  const drop: Button = { action: 'drop-case', label: 'Drop', value }
  if (record.state === 'proposed') return [accept, drop]
  return record.state === 'accepted' ? [drop] : [{ ...accept, label: 'Accept after all' }]
}

export type CaseCounts = Readonly<Record<CaseState, number>>

const EMPTY: Readonly<Record<CaseState, string>> = {
  proposed: 'A thumb down with a reason proposes one.',
  accepted: '`cases` lists what is proposed.',
  dropped: '',
}

/** Newest first. `home`: short, with a button for each. */
export function toQueue(records: readonly CaseRecord[], state: CaseState, counts: CaseCounts, home = false): Saying {
  const head = `Questions from users: ${counts.proposed} proposed, ${counts.accepted} accepted, ${counts.dropped} dropped.`
  const shown = records.slice(0, home ? MOST_CARDS : MOST_ROWS)
  if (shown.length === 0) return { text: `${head} None is ${state}. ${EMPTY[state]}`.trim() }
  const more = records.length > shown.length ? ` The newest ${shown.length} that are ${state}:` : ''
  const table: Block = {
    kind: 'table',
    columns: ['Id', 'Question', 'From', 'Version'],
    rows: shown.map(({ id, question, words, version }) => [
      id,
      cutLine(question, MOST_QUESTION),
      listNames(words.map(({ name }) => name)),
      version ?? '',
    ]),
  }
  const buttons = shown
    .slice(0, MOST_CARDS)
    .map(({ id }): Button => ({ action: 'show-case', label: `Look at ${id}`, value: { case: id } }))
  const lines = shown.map(({ id, question }) => `- \`${id}\` ${toPlainLine(cutLine(question, MOST_QUESTION))}`)
  // Without a table the text alone has to say it.
  return home ? { text: `${head}${more}\n\n${lines.join('\n')}`, buttons } : { text: `${head}${more}`, blocks: [table] }
}
