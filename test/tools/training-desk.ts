// The tools of training as the program builds them, over a real store, approvals, cards and runner, with a scripted driver.
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { digestOf } from '../../src/core/digest.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import type { SqlResult } from '../../src/platform/ports/sql.ts'
import type { BaseModel } from '../../src/platform/ports/training.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import { type AnyTool, erase, type ToolContext } from '../../src/tools/define-tool.ts'
import { createPassageBook } from '../../src/tools/passage-book.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { createTrainingTools } from '../../src/tools/training-tools.ts'
import { createTrainingDesk } from '../../src/training/create-training-desk.ts'
import { nextTurn, people } from '../approvals/setup.ts'
import { scriptTraining, tickets } from '../training/scripted-training.ts'
import { placeOf } from './approval-desk.ts'

export const ANA = 'slack/T0/UANA'
export const BEN = 'slack/T0/UBEN'
export const MODEL = 'ml_catalog.support.ticket_classifier'

export async function trainingDesk(options: { models?: readonly BaseModel[]; corrections?: number } = {}) {
  /** As the policy file has it now; a test may change it. */
  const policy = { approvers: ['ana@acme.io', 'ben@acme.io'], quorum: 1 }
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const platform = createLocalPlatform({
    file: ':memory:',
    log: silentLog,
    grants: [],
    load: async () => {},
    answer: async (_, version) => `v${version}`,
  })
  for (const [n, row] of tickets(options.corrections ?? 30).entries()) {
    await store.labelled.put({ ...row, task: 'category', by: 'ana', at: '2026-11-23T09:00:00Z', source: `s${n}` })
  }
  const scripted = scriptTraining(options.models)
  const files = new Map<string, string>()
  const tables = new Map<string, SqlResult>()
  /** What was read or listed of files and tables, in order. */
  const looked: string[] = []
  /** Models on which the rights of somebody who decides were looked up. */
  const rights: string[] = []
  const desk = createTrainingDesk({
    training: scripted.training,
    sources: {
      memory: store,
      files: {
        where: 'the folder training',
        read: async (name) => {
          looked.push(name)
          const text = files.get(name)
          return text === undefined ? null : new TextEncoder().encode(text)
        },
        list: async () => {
          looked.push('list')
          return [...files.keys()]
        },
      },
      tables: ['gold_tickets', 'missing_table', 'main.support.gold'],
      sql: {
        run: async ({ text }) => {
          looked.push(text)
          const result = tables.get(text.replace(/^SELECT \* FROM |`/g, ''))
          if (!result) throw new LakedeskError('SQL_INVALID', 'There is no such table.')
          return result
        },
      },
    },
    registry: platform.registry,
    classifier: MODEL,
    needsCatalog: true,
    pollMs: 1,
  })
  const approvals = createApprovals({ store, people })
  const { tools: own } = createTrainingTools({
    desk,
    approvalOf: () => ({
      ...policy,
      digest: digestOf(policy).slice(0, 8),
      expiresAfterHours: 24,
      remindAfterHours: null,
    }),
    people,
    mayDecide: async (_, model) => {
      rights.push(model)
      return true
    },
    approvals: store.approvals,
    checkpoints: store.checkpoints,
    runs: platform.runs,
    log: silentLog,
  })
  const find = (name: string) => tools.find((tool) => tool.name === name)
  const tools: AnyTool[] = [...own, erase(createDecideApproval({ approvals, find }))]
  const cards = createCards({ store, find, wake: () => {} })
  const startRunner = async () => {
    const created = createApprovedRunner({ approvals, find, cards, log: silentLog, retryMs: 2, giveUpMs: 1 })
    await created.start()
    return created
  }
  let runner = await startRunner()
  const context = (identity: string): ToolContext => {
    const [, tenant = '', id = ''] = identity.split('/')
    return {
      ...{ turnId: nextTurn(), user: { id, tenant }, actor: people.toActor(identity), place: placeOf('desk:one') },
      ...{ signal: new AbortController().signal, audit: store.audit, passages: createPassageBook(), approvals },
    }
  }
  /** A command as that person; a string is the usage sentence. */
  async function say(line: string, identity = ANA): Promise<Outcome | string> {
    const [name = '', ...rest] = line.split(' ')
    const tool = tools.find((each) => each.commands?.some((command) => command.name === name))
    const read = tool?.commands?.find((command) => command.name === name)?.toInput(rest.join(' '))
    if (!tool || read === undefined) throw new Error(`no command ${name}`)
    return typeof read === 'string' ? read : runTool(tool, read.input, context(identity))
  }
  /** A button or a form as that person. */
  async function press(action: string, value: Record<string, string>, identity = ANA): Promise<Outcome> {
    const tool = tools.find((each) => each.actions?.[action])
    if (!tool) throw new Error(`no action ${action}`)
    return runTool(tool, tool.actions?.[action]?.(value), context(identity))
  }
  async function asked(line: string): Promise<string> {
    const outcome = await say(line)
    if (typeof outcome === 'string' || outcome.kind !== 'waiting') throw new Error(JSON.stringify(outcome))
    return outcome.approval
  }
  const approve = (id: string, identity = BEN) => say(`approve ${id}`, identity)
  const record = async (id: string) => {
    const approval = await approvals.get(id)
    if (!approval) throw new Error(`no request ${id}`)
    return approval
  }
  const card = async (id: string) => {
    const shown = find('start-training')?.approval?.card(await record(id))
    if (!shown) throw new Error('no card')
    return shown
  }
  /** As after kill -9: the old runner is gone at once. */
  async function restart(): Promise<void> {
    await runner.drain(1_000)
    runner = await startRunner()
  }
  return {
    ...{
      policy,
      looked,
      rights,
      store,
      platform,
      scripted,
      files,
      tables,
      desk,
      approvals,
      say,
      press,
      asked,
      approve,
      record,
      card,
      restart,
    },
    drain: () => runner.drain(1_000),
  }
}
