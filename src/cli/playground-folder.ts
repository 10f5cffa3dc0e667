// What the playground keeps in its folder: the bot's own data, who its people are, and the tokens of its stand-ins.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { LakedeskError } from '../core/errors.ts'
import type { Seat } from '../playground/words.ts'
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
}

const tokensSchema = z.object({
  slackToken: z.string(),
  slackSigningSecret: z.string(),
  teamsAppPassword: z.string(),
})
type Tokens = z.infer<typeof tokensSchema>

/** Names a folder as ours, so that `--fresh` never empties one of somebody else. */
const MARK = 'playground.json'
const fileSchema = z.object({ tokens: tokensSchema, done: z.array(z.string()) })

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

/** Removes a playground that is there; a folder that is none is left, and refused. */
function empty(path: string): void {
  if (!existsSync(path)) return
  if (!existsSync(join(path, MARK))) {
    const why = `--fresh removes ${path}, but that holds no playground (there is no ${MARK} in it), so nothing was removed. Name the playground's own folder with --data.`
    throw new LakedeskError('CONFIG_INVALID', why)
  }
  rmSync(path, { recursive: true, force: true })
}

/** Throws CONFIG_INVALID where the folder cannot be used. */
export function openPlaygroundFolder(
  given: string,
  options: { fresh: boolean; policy: (folder: string) => Record<string, unknown> },
): PlaygroundFolder {
  const path = resolve(given)
  if (options.fresh) empty(path)
  const mark = join(path, MARK)
  try {
    mkdirSync(path, { recursive: true })
    if (!existsSync(mark)) writeFileSync(mark, JSON.stringify({ tokens: makeTokens(), done: [] }), { mode: 0o600 })
    writeFileSync(join(path, 'policy.json'), `${JSON.stringify(options.policy(path), null, 2)}\n`)
  } catch (error) {
    const why = `The playground's folder ${path} cannot be written. Name another one with --data.`
    throw new LakedeskError('CONFIG_INVALID', why, error)
  }
  const kept = readFile(mark)
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
      writeFileSync(mark, JSON.stringify(kept), { mode: 0o600 })
    },
  }
}
