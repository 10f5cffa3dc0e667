// Which data a person may name in a training, what is told of it to whom, and that each fault names its field.
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import type { SqlColumn, SqlResult, SqlRow } from '../../src/platform/ports/sql.ts'
import { tickets } from '../training/scripted-training.ts'
import { MODEL, trainingDesk } from './training-desk.ts'

type Desk = Awaited<ReturnType<typeof trainingDesk>>
let desk: Desk | undefined
const open = async (...options: Parameters<typeof trainingDesk>): Promise<Desk> => {
  desk = await trainingDesk(...options)
  return desk
}
afterEach(async () => {
  await desk?.drain()
  desk = undefined
})

const whyRefused = (outcome: Outcome | string): string => {
  if (typeof outcome === 'string' || outcome.kind !== 'refused') throw new Error(JSON.stringify(outcome))
  return outcome.why
}
function toResult(names: readonly string[], rows: readonly SqlRow[]): SqlResult {
  async function* pages() {
    yield rows
  }
  const columns: SqlColumn[] = names.map((name) => ({ name, type: 'STRING' }))
  return { columns, pages: pages(), truncated: false, notices: [], usage: null }
}
const gold = () =>
  toResult(
    ['text', 'label'],
    tickets(30).map(({ text, label }) => [text, label]),
  )

describe('a table to train on', () => {
  it.each(['gold_tickets', 'GOLD_Tickets', 'main.support.gold'])(
    'is read where the plan of the tickets names it: %s',
    async (table) => {
      const d = await open()
      d.tables.set(table, gold())
      const id = await d.asked(`finetune ${table}`)
      expect((await d.card(id)).text).toContain('30 examples read')
    },
  )

  it.each(['salaries', 'hrx', 'main.hr.salaries', 'information_schema.tables', 'gold', 'other.gold_tickets'])(
    'is neither read nor described where the plan does not: %s',
    async (table) => {
      const d = await open()
      d.tables.set(table, toResult(['name', 'salary_usd'], [['Ana', '1']]))
      const why = whyRefused(await d.say(`finetune ${table}`))
      expect(why).toContain(`${table} may not be trained on`)
      expect(why).toContain('gold_tickets, missing_table, main.support.gold')
      expect(why).toContain('queryTables')
      expect(why).not.toContain('salary_usd')
      expect(d.looked.filter((text) => text.startsWith('SELECT'))).toEqual([])
    },
  )
})

describe('somebody who is linked to no person', () => {
  it.each(['finetune', 'finetune corrections', 'finetune secret.jsonl', 'finetune gold_tickets', 'finetune nowhere'])(
    'is told so by `%s`, before anything is read',
    async (line) => {
      const d = await open()
      d.files.set('secret.jsonl', '{"name":"Ana","salary_usd":1}')
      const why = whyRefused(await d.say(line, 'slack/T0/USTRANGER'))
      expect(why).toContain('slack/T0/USTRANGER is linked to no person')
      expect(d.looked).toEqual([])
    },
  )

  it('may still see which trainings there are', async () => {
    const d = await open()
    expect(await d.say('finetune status', 'slack/T0/USTRANGER')).toMatchObject({ kind: 'done' })
  })
})

describe('answers that people kept', () => {
  it('are conversations, which a classifier refuses to learn from by name', async () => {
    const d = await open()
    for (const n of Array.from({ length: 30 }, (_, at) => at)) {
      await d.store.ledger('pairs').create(`t${n}/ana`, {
        ...{ question: `How do I do ${n}?`, answer: `Do it ${n} times [1].`, given: 'Do it.', history: [] },
        ...{ by: 'ana', at: '2026-11-23T09:00:00Z', press: `p${n}`, version: 'v1', turn: `t${n}` },
      })
    }
    const why = whyRefused(await d.say('finetune feedback --base lakedesk/ticket-classifier'))
    expect(why).toContain('lakedesk/ticket-classifier cannot learn from conversations')
  })
})

describe('the model of a training', () => {
  it('is the one whose rights are looked up, however its name was written', async () => {
    const d = await open()
    await d.approve(await d.asked('finetune corrections --register ML_CATALOG.Support.ticket_classifier'))
    expect(d.rights).toContain(MODEL)
    expect(new Set(d.rights)).toEqual(new Set([MODEL]))
  })
})

describe('what is wrong with a wish', () => {
  it.each([
    ['corrections --epochs banana', 'Duration: “banana” is no duration'],
    ['corrections --epochs 20.5', 'Duration: “20.5” is no duration'],
    ['corrections --duration 0ep', 'Duration: 0ep is out of bounds'],
    ['corrections --base gpt', 'Base model: There is no base model gpt. There are: lakedesk/ticket-classifier'],
    ['corrections --learning-rate fast', 'Learning rate: “fast” is no learning rate'],
    ['corrections --register nowhere', 'Register to: “nowhere” is no full name'],
    ['salaries', 'Data: salaries may not be trained on'],
  ])('stands behind the name of its field: finetune %s', async (line, said) => {
    const d = await open()
    expect(whyRefused(await d.say(`finetune ${line}`)).replaceAll(/"([^"]*)"/g, '“$1”')).toContain(said)
  })

  it('is said at once, whatever else is wrong', async () => {
    const d = await open()
    const why = whyRefused(await d.say('finetune nowhere.jsonl --base gpt --epochs banana --register x'))
    for (const field of ['Data: ', 'Base model: ', 'Duration: ', 'Register to: ']) expect(why).toContain(field)
  })
})
