// A conversation with the nightly tools: real store, embedded platform, evaluations, approvals and runners; scripted answers and clock.
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createPeople } from '../../src/approvals/people.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { Channel, Delivery } from '../../src/core/channel.ts'
import type { Reply } from '../../src/core/reply.ts'
import { type Turn, toAddress } from '../../src/core/turn.ts'
import { createEvaluationDesk } from '../../src/evals/evaluation-desk.ts'
import { readEvaluation } from '../../src/evals/find-evaluation.ts'
import { findFinished } from '../../src/evals/find-finished.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import { judge } from '../../src/promotion/gate.ts'
import { readNights } from '../../src/reports/nightly/night-ledger.ts'
import type { Place, Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import { type AnyTool, erase } from '../../src/tools/define-tool.ts'
import { createNightlyDesk } from '../../src/tools/nightly-desk.ts'
import { createNightlyTools } from '../../src/tools/nightly-tools.ts'
import { isPassing } from '../../src/tools/run-approved.ts'
import { createScheduleRunner } from '../../src/tools/schedule-runner.ts'
import { action, command, message, recordChannel, recordLog, scriptAgent } from '../conversation/setup.ts'
import { judgeOf, setOf, toAnswer, toSet } from '../evals/world.ts'
import { toPolicy } from '../promotion/world.ts'

const PEOPLE = [
  { principal: 'ana@acme.io', name: 'Ana', identities: ['desk/acme/ana', 'slack/T1/UANA'] },
  { principal: 'ben@acme.io', name: 'Ben', identities: ['desk/acme/ben'] },
]
export const people = createPeople(PEOPLE)
export const ana = { id: 'ana', tenant: 'acme', name: 'Ana' }
export const ben = { id: 'ben', tenant: 'acme', name: 'Ben' }

const MODEL = toPolicy().model
export const POLICY = toPolicy({ gate: { metrics: { 'correctness/v1/mean': { floor: 2, maxDrop: 0.4 } } } })

/** What outlives a process. */
export interface NightlyWorld {
  store: Store
  platform: ReturnType<typeof createLocalPlatform>
  clock: { now: number }
  /** How right an answer is, 0 to 1; may throw or wait. */
  answers: (question: string, version: string) => number | Promise<number>
  /** US dollars of a million tokens; 0: free. */
  price: number
  /** Questions in the order they were asked, with the version. */
  asked: string[]
}

export async function openNightlyWorld(
  more: Partial<Pick<NightlyWorld, 'answers' | 'price'>> & { start?: string } = {},
): Promise<NightlyWorld> {
  const { log } = recordLog()
  const clock = { now: Date.parse(more.start ?? '2026-11-10T12:00:00Z') }
  const store = openSqliteStore({ file: ':memory:', log, now: () => clock.now })
  const platform = createLocalPlatform({
    ...{ file: ':memory:', log, grants: [], load: async () => {}, answer: async () => ({}) },
    now: () => new Date(clock.now),
  })
  for (const n of [1, 2, 3, 4])
    await platform.registry.createVersion({ model: MODEL, source: `chain:${n}`, runId: `train-${n}` })
  await platform.registry.setAlias(MODEL, 'Champion', '3')
  return { store, platform, clock, answers: more.answers ?? (() => 0.9), price: more.price ?? 0, asked: [] }
}

export const SET = setOf(40)

/** One process over that world. `store`: as this process sees it. */
export async function openNightlyRoom(
  world: NightlyWorld,
  options: {
    store?: Store
    fail?: (attempt: number) => Error | null
    isGone?: (address: string) => boolean
    onPost?: (delivery: Delivery) => void
    start?: boolean
  } = {},
) {
  const { platform, clock } = world
  const store = options.store ?? world.store
  const { registry, runs } = platform
  const { log, lines } = recordLog()
  const now = () => clock.now
  const face = recordChannel(options.fail ? { fail: options.fail } : {})
  const channel: Channel = {
    ...face.channel,
    async post(to, reply, delivery) {
      if (options.isGone?.(to)) throw new Error(`${to} is gone`)
      options.onPost?.(delivery)
      await face.channel.post(to, reply, delivery)
    },
    home: (to) => topOf(to),
    top: (to) => toAddress(topOf(to)),
    below: (to, ref) => toAddress(`${topOf(to)}/${ref}`),
  }
  const wake = () => conversation.wake()
  const price = { input: world.price, output: world.price }
  const desk = createEvaluationDesk({
    model: MODEL,
    experiment: POLICY.experiment,
    readSet: async () => toSet(SET.cases),
    subjectOf: async (version) => ({
      ...{ model: MODEL, version, params: {}, promptTemplate: null, chainConfig: { version } },
      answer: async (question) => {
        world.asked.push(`v${version} ${question}`)
        return toAnswer(String(await world.answers(question, version)))
      },
    }),
    judge: judgeOf(({ answer }) => ({ correctness: { kind: 'score', value: Number(answer.text) } })),
    ...{ judgeCalls: 0, runs, checkpoints: store.checkpoints, log, concurrency: 8, price },
  })
  const ledger: Store['ledger'] = (kind) => store.ledger(kind)
  const report = createNightlyDesk({
    ...{ model: MODEL, gate: POLICY.gate, log, isPassing, ledger, now },
    champion: () => registry.getAlias(MODEL, 'Champion'),
    evaluate: (version, hands) => desk.run(version, hands),
    readEvaluation: (runId) => readEvaluation(runs, runId),
    judgeCandidate: (evaluation, champion) =>
      judge(POLICY.gate, { evaluation, champion: { version: champion.version, evaluation: champion }, now: clock.now })
        .verdict,
    traceUrls: async () => (id) => `https://mlflow.example/traces/${id}`,
    canRollBack: async () => true,
  })
  const toTop = (place: Place): Place => ({
    ...place,
    address: toAddress(topOf(place.address)),
    thread: topOf(place.address),
  })
  const nightly = createNightlyTools({
    models: [
      {
        report,
        spoken: { model: MODEL, alias: 'Champion', word: null },
        parts: {
          ...{
            model: MODEL,
            alias: 'Champion',
            registry,
            desk,
            ledger,
            posts: store.posts,
            topOf: toTop,
            wake,
            log,
            now,
          },
          measure: report.measure,
          toPosts: report.toPosts,
        },
      },
    ],
    people,
    entries: PEOPLE,
  })
  const approvals = createApprovals({ store, people, now })
  const find = (name: string) => nightly.approved.find((tool) => tool.name === name)
  const tools: AnyTool[] = [...nightly.tools, erase(createDecideApproval({ approvals, find, now }))]
  const homeOf = (_: string, to: string) => topOf(to)
  const cards = createCards({ store, find, wake, homeOf })
  const runner = createApprovedRunner({ approvals, find, cards, log, retryMs: 5, tickMs: 3_600_000 })
  const schedules = createScheduleRunner({
    ...{ approvals, log, wake, now, tool: nightly.run, audit: store.audit, posts: store.posts, tickMs: 3_600_000 },
    schedules: ledger('schedules'),
    async findFinished(model, after) {
      const nights = await readNights(ledger('nights'), model)
      const used = new Set(nights.flatMap(({ champion, again }) => [champion?.runId, again?.runId]))
      return findFinished({
        runs,
        experiment: POLICY.experiment,
        model,
        version: '3',
        after,
        isUsed: (id) => used.has(id),
      })
    },
  })
  const conversation = createConversation({
    ...{ store, log, people, tools, approvals, agent: scriptAgent().agent },
    onWaiting: (id) => cards.announce(id),
    limits: { backoffMs: 2, postEveryMs: 1, deliveryAttempts: 3 },
  })
  conversation.register(channel)
  if (options.start !== false) {
    await conversation.start()
    await runner.start()
    schedules.start()
    await schedules.tick()
  }
  const handle = async (turn: Turn): Promise<Reply> => {
    const reply = await conversation.handle(turn)
    if (!reply) throw new Error('a duplicate')
    return reply
  }
  /** Nothing is under way any more, and everything that can be shown is shown. */
  async function settle(): Promise<void> {
    for (let still = 0; still < 3; ) {
      const busy = await world.store.approvals.list({ states: ['approved', 'running'], limit: 5 })
      const pending = await world.store.posts.pending()
      still = busy.length === 0 && pending.length === 0 ? still + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  }
  return {
    ...{
      world,
      conversation,
      approvals,
      schedules,
      runner,
      report,
      ledger,
      shown: face.shown,
      log: lines,
      clock,
      tools,
      settle,
      handle,
    },
    /** As a job does, without a word to anybody. */
    evaluate: (version: string) =>
      desk.run(version, { signal: new AbortController().signal, onProgress: async () => {} }),
    /** Writes a command in a thread of the channel. */
    say: (line: string, { user = ana, at = 'desk:nightly' }: { user?: Turn['user']; at?: string } = {}) => {
      const [name = '', ...rest] = line.split(' ')
      const thread = `${at}/${Math.random().toString(36).slice(2, 8)}`
      return handle(command(name, rest.join(' '), { user, thread, address: toAddress(thread) }))
    },
    /** Writes a message, without a slash. */
    write: (text: string, { user = ana, at = 'desk:nightly' }: { user?: Turn['user']; at?: string } = {}) => {
      const thread = `${at}/${Math.random().toString(36).slice(2, 8)}`
      return handle(message(text, { user, thread, address: toAddress(thread) }))
    },
    press: (
      name: string,
      value: Record<string, string>,
      { user = ana, at = 'desk:nightly' }: { user?: Turn['user']; at?: string } = {},
    ) => {
      const thread = `${at}/card`
      return handle(action(name, value, { user, thread, address: toAddress(thread) }))
    },
    /** The clock stands there, and everybody looks at it. */
    async at(time: string): Promise<void> {
      clock.now = Date.parse(time)
      await schedules.tick()
      await settle()
    },
    /** Reports as they were posted, oldest first. */
    posts: (at = 'desk:nightly') =>
      face.shown
        .filter(({ delivery, to }) => /^night:[^:]+:[^:]+(?::\d\d:\d\d)?:[0-9a-f]{8}$/.test(delivery.key) && to === at)
        .map(({ reply }) => reply),
    /** What stands in threads of reports. */
    below: () => face.shown.filter(({ delivery }) => /^night:.*:[0-9a-f]{8}:\d+$/.test(delivery.key)),
    async close() {
      await schedules.drain()
      await runner.drain()
      await conversation.drain(200)
    },
  }
}

export type NightlyRoom = Awaited<ReturnType<typeof openNightlyRoom>>

function topOf(address: string): string {
  return address.split('/')[0] ?? address
}
