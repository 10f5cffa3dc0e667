// What the playground keeps in its folder: the bot's own data, who its people are, and the tokens of its stand-ins.
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { Seat } from '../playground/words.ts'
import { type StoreLock, takeLock } from '../store/sqlite/lock.ts'
import { sampleFolder, samplePolicyPath } from './sample.ts'

export interface PlaygroundFolder {
  path: string
  /** LAKEDESK_DATA of the bot. */
  data: string
  policy: string
  world: string
  /** Lines of the bot's log since its last start. */
  botLog: string
  tokens: Tokens
  isDone(step: string): boolean
  markDone(step: string): void
  /** Of the last start: the bot keeps Teams' address with every conversation. */
  teamsPort: number | undefined
  keepTeamsPort(port: number): void
  /** Lets another playground use the folder. */
  release(): void
}

const tokensSchema = z.object({
  slackToken: z.string(),
  slackSigningSecret: z.string(),
  teamsAppPassword: z.string(),
})
type Tokens = z.infer<typeof tokensSchema>

/** Names a folder as ours, so that `--fresh` never empties one of somebody else. */
const MARK = 'playground.json'
const fileSchema = z.object({ tokens: tokensSchema, done: z.array(z.string()), teamsPort: z.number().optional() })

const random = () => randomBytes(18).toString('hex')

function makeTokens(): Tokens {
  return {
    slackToken: `xoxb-playground-${random()}`,
    slackSigningSecret: random(),
    teamsAppPassword: random(),
  }
}

/** A further approver without a seat: four eyes can be tried by saying who one is in the terminal. */
const CY = { principal: 'cy@tallyport.example', name: 'Cy', identities: ['console/local/cy'] }

/** The sample's policy, with people who have accounts in the playground's Slack and Teams. */
export function makePolicy(seats: readonly Seat[], slackTeam: string, tenant: string): Record<string, unknown> {
  const sample = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(samplePolicyPath(), 'utf8')))
  const people = seats.map(({ id, name, slackUser, teamsUser }) => ({
    principal: `${id}@tallyport.example`,
    name,
    identities: [`console/local/${id}`, `slack/${slackTeam}/${slackUser}`, `teams/${tenant}/aad-${teamsUser}`],
  }))
  const gate = z.record(z.string(), z.unknown()).parse(sample.gate)
  return {
    ...sample,
    evaluationSet: join(sampleFolder, 'questions.jsonl'),
    // A playground that is opened again after some weeks still has its evaluations.
    gate: { ...gate, freshForHours: 24 * 365 },
    people: [...people, CY],
  }
}

function readFile(path: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = `The playground's file ${path} cannot be read. Begin anew with npm start -- --fresh, or name another folder with --data.`
    throw new LakedeskError('CONFIG_INVALID', why, error)
  }
}

/** Begins with the name of the lock's files, which stay as long as the lock is held. */
const LOCK = 'in-use'

/** One playground at a time. Throws CONFIG_INVALID. */
function lock(path: string): StoreLock {
  try {
    return takeLock(join(path, LOCK))
  } catch (error) {
    if (!(error instanceof LakedeskError) || error.code !== 'STORE_LOCKED') throw error
    const holder = /process \d+/.exec(error.userMessage)?.[0] ?? 'another process'
    const why = `The playground's folder ${path} is in use by ${holder}, so probably a playground runs already. Open its page, stop it with Ctrl-C, or use another folder: npm start -- --data <folder> --port <number>.`
    throw new LakedeskError('CONFIG_INVALID', why, error)
  }
}

/** What lies in the folder beside the lock. Throws CONFIG_INVALID where that is not a playground's. */
function listOwn(path: string): string[] {
  const names = readdirSync(path).filter((name) => !name.startsWith(LOCK))
  if (names.length === 0 || names.includes(MARK)) return names
  const why = `The folder ${path} holds something else than a playground (there is no ${MARK} in it), so it was left as it is. Name a folder of its own with --data.`
  throw new LakedeskError('CONFIG_INVALID', why)
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK)
  } catch (error) {
    const why = `The playground's folder ${path} cannot be written. Name another one with --data.`
    throw new LakedeskError('CONFIG_INVALID', why, error)
  }
}

/** Throws CONFIG_INVALID where the folder cannot be used. */
export function openPlaygroundFolder(
  given: string,
  options: { fresh: boolean; policy: Record<string, unknown> },
): PlaygroundFolder {
  const path = resolve(given)
  makeFolder(path)
  const held = lock(path)
  try {
    const names = listOwn(path)
    if (options.fresh) for (const name of names) rmSync(join(path, name), { recursive: true, force: true })
    return { ...openLocked(path, options.policy), release: held.release }
  } catch (error) {
    held.release()
    throw error
  }
}

function openLocked(path: string, policy: Record<string, unknown>): Omit<PlaygroundFolder, 'release'> {
  const mark = join(path, MARK)
  if (!existsSync(mark)) writeFileSync(mark, JSON.stringify({ tokens: makeTokens(), done: [] }), { mode: 0o600 })
  writeFileSync(join(path, 'policy.json'), `${JSON.stringify(policy, null, 2)}\n`, { mode: 0o600 })
  const kept = readFile(mark)
  /** Written beside and renamed: a start that is killed leaves a file that can be read. */
  const write = (): void => {
    writeFileSync(`${mark}.draft`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${mark}.draft`, mark)
  }
  return {
    path,
    data: join(path, 'bot'),
    policy: join(path, 'policy.json'),
    world: join(path, 'world.json'),
    botLog: join(path, 'bot.log'),
    tokens: kept.tokens,
    isDone: (step) => kept.done.includes(step),
    markDone(step) {
      if (!kept.done.includes(step)) kept.done.push(step)
      write()
    },
    teamsPort: kept.teamsPort,
    keepTeamsPort(port) {
      kept.teamsPort = port
      write()
    },
  }
}
