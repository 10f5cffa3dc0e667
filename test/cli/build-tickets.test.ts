// The tools over tickets as the product builds them: what people correct is learned, part by part.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { buildTickets } from '../../src/cli/build-tickets.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { DEFAULT_TICKET_PLAN } from '../../src/tickets/ticket-plan.ts'
import type { Triage } from '../../src/tickets/triage.ts'
import type { ToolContext } from '../../src/tools/define-tool.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function open() {
  const data = mkdtempSync(join(tmpdir(), 'lakedesk-built-'))
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const settings = readConfig({ LAKEDESK_DATA: data })
  const built = buildTickets({ settings, plan: DEFAULT_TICKET_PLAN, store, log: silentLog, wake: () => {} })
  closing.push(
    () => store.close(),
    () => built.close(),
  )
  let turns = 0
  const call = async (name: string, input: unknown) => {
    turns += 1
    const context = {
      ...{ turnId: `turn-${turns}`, user: { id: 'ana', tenant: 'acme', name: 'Ana' } },
      ...{ actor: { principal: 'ana@acme.io', name: 'Ana' }, signal: new AbortController().signal },
    }
    const tool = built.tools.find((each) => each.name === name)
    return (await tool?.run(input as never, context as unknown as ToolContext)) as { kind: string; triage: Triage }
  }
  return {
    triage: async (text: string) => (await call('classify-ticket', { text })).triage,
    correct: (triage: string, changes: Record<string, string>) => call('correct-ticket', { triage, changes }),
  }
}

it('keeps a category that was corrected on a card where fields were corrected too', async () => {
  const { triage, correct } = open()
  const text = 'The zebra report of our depot shows the wrong stripes since Monday'
  const first = await triage(text)
  const category = first.category === 'feature_request' ? 'billing' : 'feature_request'
  const changes = { category, product_name: 'Zebra', urgency_level: 'high', error_code: 'Z-1' }
  expect(await correct(first.id, changes)).toMatchObject({ kind: 'corrected' })
  const fields = { product_name: 'Zebra', urgency_level: 'high', error_code: 'Z-1' }
  expect(await triage(text)).toMatchObject({ category, confidence: 1, fields })
  const like = await triage('The zebra report of our second depot shows wrong stripes since Tuesday')
  expect(like).toMatchObject({ category, fields: { product_name: 'Zebra', urgency_level: 'high', error_code: null } })
})

it('leaves a field empty in the same text once a person took it back', async () => {
  const { triage, correct } = open()
  const text = 'The label printer shows TLY-500, says my colleague'
  const first = await triage(text)
  expect(first.fields.error_code).toBe('TLY-500')
  await correct(first.id, { error_code: '' })
  expect((await triage(text)).fields.error_code).toBeNull()
  expect((await triage(`${text}, and I do too`)).fields.error_code).toBe('TLY-500')
})
