// Builds everything that answers, from checked settings: index, platform, agents, tools, store, conversation core.
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnswerAgent } from '../agent/answer.ts'
import { createServedAgent } from '../agent/create-served-agent.ts'
import type { Settings } from '../config/settings.ts'
import { createConversation } from '../conversation/create-conversation.ts'
import type { Conversation } from '../conversation/port.ts'
import type { Log } from '../core/log.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import type { Policy } from '../promotion/policy.ts'
import type { RagChain } from '../rag/chain.ts'
import { beginRegistry, isOutgrown, untilServed } from '../rag/registered/serve-first.ts'
import type { ApprovalRecord, Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import type { ApprovedRunner } from '../tools/approved-runner.ts'
import type { AnyTool } from '../tools/define-tool.ts'
import { buildAgent, buildPlainAgent } from './build-agents.ts'
import { buildFeedback } from './build-feedback.ts'
import { buildIngestion } from './build-ingestion.ts'
import { currentChain } from './build-models.ts'
import { buildNightly } from './build-nightly.ts'
import { type BuiltPlatform, buildPlatform, CHAINS_EXPERIMENT } from './build-platform.ts'
import { buildPromotion } from './build-promotion.ts'
import { buildTickets } from './build-tickets.ts'
import { buildTraining } from './build-training.ts'
import { createChampionSource } from './champion-classifier.ts'
import { linkPeople, loadPolicy } from './load-policy.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { STORE_FILE } from './store-file.ts'

export { STORE_FILE }

const LOOK_EVERY_MS = 100

/** How long the config of an endpoint across the network is remembered; the embedded one is read for each question. */
const REMEMBER_MS = 15_000

export interface Answering {
  conversation: Conversation
  store: Store
  index: VectorIndex
  /** Answers with the served version, with no tool but the search. */
  plain: AnswerAgent
  /** Takes up what a crash left unfinished: turns, posts, approved operations. Returns what people should know, if anything. */
  start(): Promise<string | null>
  /** A sentence where the settings name another model than the version in use has; else null. */
  modelNote(): Promise<string | null>
  /** Operations that are approved or running now. */
  listBusy(): Promise<ApprovalRecord[]>
  /**
   * Waits until nothing that this turn asked for or decided on is under way and the console has shown how it ended; gives the
   * requests that are not open, newest first. `null`: whichever turn.
   */
  settle(turnId: string | null): Promise<ApprovalRecord[]>
  /** Waits for running answers, once; approved operations stop at their next safe point. */
  drain(): Promise<void>
  /** Drains where that has not been done, and closes store, platform and index. */
  close(): Promise<void>
}

export interface AnsweringOptions {
  settings: Settings
  log: Log
  index: VectorIndex
  /** `memory`: nothing is kept, so that one-shot commands run beside a server and beside each other. */
  store: 'file' | 'memory'
  /** Instead of the file of the settings. */
  policy?: Policy
  /** Instead of the file of the settings. */
  tickets?: TicketPlan
  /** Nothing is written to the embedded platform, not even what a look sets going. */
  readOnly?: boolean
  /** False for one-shot commands: what is due waits for a process that stays. */
  schedules?: boolean
}

function openStore(settings: Settings, kind: AnsweringOptions['store'], log: Log): Store {
  const file = kind === 'memory' ? ':memory:' : join(resolve(settings.data), STORE_FILE)
  return openSqliteStore({ file, log })
}

const BEGAN = 'nothing had been registered by anybody, so the built-in chain with the model of the settings answers'

/** The embedded registry begins with the built-in chain, so that there is something to compare and to go back to. */
async function begin(built: BuiltPlatform, policy: Policy, settings: Settings, store: Store): Promise<string | null> {
  if (settings.platform.kind !== 'local') return null
  const { registry, serving } = built.platform
  const { model, alias, endpoint } = policy
  const current = currentChain(settings.model)
  await untilServed(serving, endpoint)
  const from = await registry.getAlias(model, alias)
  const to = await beginRegistry(current, { ...built.platform, model, alias, endpoint, experiment: CHAINS_EXPERIMENT })
  if (to === null) return null
  await store.audit.append({
    at: new Date().toISOString(),
    actor: 'lakedesk/settings',
    what: 'observe-champion',
    turnId: 'start',
    outcome: 'done',
    detail: { model, alias, from, to, reason: BEGAN },
  })
  await untilServed(serving, endpoint)
  return `v${to} of ${model} answers from now on: the built-in chain with the model ${current.generationModel}.`
}

/** A version keeps its model: where the settings name another one, that would have no effect and nobody would know. */
async function noteModel(built: BuiltPlatform, policy: Policy, current: RagChain): Promise<string | null> {
  const champion = await built.platform.registry.getAlias(policy.model, policy.alias)
  if (champion === null) return null
  const { generationModel } = await built.chainOf(champion)
  if (generationModel === current.generationModel) return null
  return `LAKEDESK_MODEL stands for ${current.generationModel}, but v${champion} answers with ${generationModel}: a version keeps its model. Register another with lakedesk chain log, and promote it.`
}

const RECENT = 200

const listBusy = (store: Store): Promise<ApprovalRecord[]> =>
  store.approvals.list({ states: ['approved', 'running'], limit: RECENT })

async function settle(store: Store, runner: ApprovedRunner, turnId: string | null): Promise<ApprovalRecord[]> {
  for (;;) {
    const own = (await store.approvals.list({ limit: RECENT })).filter(
      ({ askedIn, votes }) => turnId === null || askedIn === turnId || votes.some((vote) => vote.turnId === turnId),
    )
    const busy = own.some(({ state }) => state === 'approved' || state === 'running')
    if (!busy) await runner.settled(own.map(({ id }) => id))
    // Copies for chat platforms wait for the server: here there is no face that could show them.
    const unshown = (await store.posts.pending()).filter(({ channel }) => channel === 'console')
    if (!busy && unshown.length === 0) return own.filter(({ state }) => state !== 'open')
    await sleep(LOOK_EVERY_MS)
  }
}

/** Throws STORE_* where the store cannot be opened, POLICY_INVALID, PLATFORM_CORRUPT. */
export function buildAnswering(options: AnsweringOptions): Answering {
  const { settings, log, index } = options
  const policy = options.policy ?? loadPolicy(settings.policy)
  const people = linkPeople(policy)
  const store = openStore(settings, options.store, log)
  const common = { settings, index, log }
  const { readOnly = false } = options
  const built = buildPlatform({
    settings,
    policy,
    log,
    readOnly,
    buildAgent: (chain) => buildPlainAgent(chain, common),
  })
  const wake = () => conversation.wake()
  const plan = options.tickets ?? loadTicketPlan(settings.sql.tickets)
  const tickets = buildTickets({
    settings,
    plan,
    store,
    log,
    champion: createChampionSource({ settings, policy, built, log }),
    wake,
  })
  const training = buildTraining({ settings, policy, built, store, sql: tickets.sql, plan, log })
  const ingestion = buildIngestion(common, store)
  const homeOf: Conversation['homeOf'] = (channel, to) => conversation.homeOf(channel, to)
  const feedback = buildFeedback({ settings, policy, built, store, kind: options.store, log, wake })
  const nightly = buildNightly({
    ...{ settings, policy, people, built, index, store, feedback, log, wake, homeOf },
    topOf: (channel, to) => conversation.topOf(channel, to),
  })
  const others = {
    tools: [...tickets.tools, ...training.tools, ...ingestion.tools, ...nightly.tools, ...feedback.tools],
    approved: [...tickets.approved, ...training.approved, ...ingestion.approved, ...nightly.approved],
  }
  const promotion = buildPromotion({
    ...{ settings, policy, people, built, index, store, tickets: others, log, wake, homeOf },
    acceptedCases: feedback.acceptedCases,
  })
  const schedules = nightly.runnerOf(promotion.approvals)
  const current = currentChain(settings.model)
  const { registry, runs } = built.platform
  // What writes has brought the registry up to the settings by then; what only reads answers as if it had.
  const followsSettings = async (): Promise<boolean> =>
    readOnly && (await isOutgrown(current, { registry, artifacts: runs.artifacts, model: policy.model }))
  const served = (tools: readonly AnyTool[]): AnswerAgent => {
    const build = (chain: RagChain, label?: string) =>
      buildAgent(chain, tools, { ...common, audit: store.audit }, label)
    return createServedAgent({
      serving: built.platform.serving,
      endpoint: policy.endpoint,
      model: policy.model,
      agentFor: async (version) => build((await followsSettings()) ? current : await built.chainOf(version)),
      // What answers while no version can: its small print must not name one.
      fallback: build(current, `${current.name}, not registered`),
      log,
      rememberMs: built.embeddedServing ? 0 : REMEMBER_MS,
    })
  }
  const conversation = createConversation({
    store,
    // A store that is not kept knows no request and no move: what rests on them would be told wrong.
    agent: served(options.store === 'memory' ? promotion.lookUps : promotion.tools),
    tools: promotion.tools,
    approvals: promotion.approvals,
    people,
    // A card that was changed while it was on its way is brought up to date, whichever kind it is.
    onWaiting: async (card, turn) => {
      await tickets.cards.refresh(card)
      await feedback.announce(card, turn)
      await promotion.cards.announce(card)
    },
    onFeedback: feedback.onFeedback,
    log,
    limits: { concurrency: settings.concurrency },
    modelTimeoutMs: settings.model.timeoutMs,
  })
  let drained: Promise<void> | undefined
  const drain = (): Promise<void> => {
    drained ??= schedules
      .drain()
      .then(() => promotion.runner.drain())
      .then(() => conversation.drain())
    return drained
  }
  return {
    conversation,
    store,
    index,
    plain: served([]),
    async start() {
      const began = await begin(built, policy, settings, store)
      await conversation.start()
      await promotion.runner.start()
      feedback.start()
      if (options.schedules !== false && !readOnly) schedules.start()
      const note = began ?? (await this.modelNote())
      if (note) log.warn(note)
      return note
    },
    async modelNote() {
      try {
        return (await followsSettings()) ? null : await noteModel(built, policy, current)
      } catch (error) {
        log.debug('The model of the served version could not be read', { cause: error })
        return null
      }
    },
    listBusy: () => listBusy(store),
    settle: (turnId) => settle(store, promotion.runner, turnId),
    drain,
    async close() {
      await drain()
      await feedback.close()
      await training.close()
      await ingestion.close()
      await tickets.close()
      await built.platform.close()
      await index.close()
      await store.close()
    },
  }
}
