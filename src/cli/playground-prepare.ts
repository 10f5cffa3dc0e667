// Makes a playground that has something to show: documentation, tickets, earlier nights, three evaluated versions, and rooms that follow approvals.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { LakedeskError } from '../core/errors.ts'
import { ROOMS } from '../playground/rooms.ts'
import type { PlaygroundDeed, PlaygroundView } from '../playground/words.ts'
import { spawnCommand } from './playground-bot.ts'
import type { PlaygroundFolder } from './playground-folder.ts'
import { samplePath } from './sample.ts'

export interface Preparing {
  folder: PlaygroundFolder
  /** Of the commands; LAKEDESK_DATA is set over it. */
  env: Record<string, string>
  /** Says what is done now. */
  tell(note: string): void
  signal: AbortSignal
}

/** Version 2 is worse on purpose: told to answer whatever is asked, and given one passage. */
const BAD_PROMPT = 'Answer every question from the context in a friendly way, whatever the question is about.\n'

/** A command that is to stop has this long. */
const STOP_MS = 1_000

/** Runs a command of ours as a person would; gives what it printed. Throws INTERNAL with its last lines where it failed. */
async function runCommand(args: readonly string[], data: string, { env, folder, signal }: Preparing): Promise<string> {
  const child = spawnCommand(args, { ...env, LAKEDESK_DATA: data }, folder.path)
  let impatient: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGTERM')
    // Nothing is lost: a folder that is being made is thrown away, and a server carries out what it was asked for.
    impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    ended,
  ])
  signal.removeEventListener('abort', stop)
  clearTimeout(impatient)
  signal.throwIfAborted()
  if (code === 0) return out
  const last = `${out}\n${err}`.trim().split('\n').slice(-5).join('\n')
  throw new LakedeskError(
    'INTERNAL',
    `The playground could not be prepared: lakedesk ${args.join(' ')} failed.\n${last}`,
  )
}

/**
 * What has to be there before the bot runs. It is made in a folder beside and named in one step, so that a start which is cut
 * off leaves nothing half done.
 */
export async function prepareData(preparing: Preparing): Promise<void> {
  const { folder } = preparing
  if (existsSync(folder.data)) return
  const drafts = `${basename(folder.data)}.draft-`
  for (const name of readdirSync(folder.path).filter((each) => each.startsWith(drafts))) {
    rmSync(join(folder.path, name), { recursive: true, force: true })
  }
  // A name of its own: commands of a start that was killed may still write into theirs for some seconds.
  const draft = join(folder.path, `${drafts}${randomUUID()}`)
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  const prompt = join(folder.path, 'friendly-prompt.txt')
  writeFileSync(prompt, BAD_PROMPT)
  await runLanes(toLanes(prompt), draft, preparing)
  renameSync(draft, folder.data)
}

type Command = [note: string, args: string[]]

/** Documentation before the versions, which are loaded with it; tickets and nights lie elsewhere. */
const toLanes = (prompt: string): Command[][] => [
  [
    ['Reading the sample documentation.', ['ingest', samplePath()]],
    [
      'Registering a version that is worse on purpose.',
      [
        ...['chain', 'log', '--set', 'retrieval.numResults=1', '--prompt', prompt],
        ...['--description', 'Friendly to everything'],
      ],
    ],
    [
      'Registering a version that looks further.',
      ['chain', 'log', '--set', 'retrieval.numResults=8', '--description', 'Eight passages instead of five'],
    ],
  ],
  [
    ['Loading the sample tickets.', ['tickets', 'sample']],
    ['Loading thirteen earlier nights.', ['nights']],
  ],
]

/** The lanes run beside each other; where one fails the others are ended too. */
async function runLanes(lanes: readonly Command[][], data: string, preparing: Preparing): Promise<void> {
  const failing = new AbortController()
  const signal = AbortSignal.any([preparing.signal, failing.signal])
  await Promise.allSettled(
    lanes.map(async (lane) => {
      try {
        for (const [note, args] of lane) {
          signal.throwIfAborted()
          preparing.tell(note)
          await runCommand(args, data, { ...preparing, signal })
        }
      } catch (error) {
        // The first one is why.
        failing.abort(error)
      }
    }),
  )
  signal.throwIfAborted()
}

type Step = { name: string } & (
  | { says: PlaygroundDeed }
  | { evaluates: string }
  /** Asked for by that deed, and there once the bot wrote a message of its own into that channel. */
  | { reports: PlaygroundDeed; into: string }
)

const { slack, teams } = ROOMS
const NIGHTLY = 'nightly at 07:00 UTC'

/**
 * What people do once, so that there is something to promote and a report to read, and so that cards and reports reach the rooms
 * made for them. The rooms for releases follow approvals from before the first version is measured.
 */
const STEPS: readonly Step[] = [
  {
    name: 'slack-nightly',
    says: { do: 'slack-post', as: 'ana', channel: slack.nightly, text: `@Lakedesk ${NIGHTLY}` },
  },
  {
    name: 'teams-nightly',
    says: { do: 'teams-post', as: 'ana', chat: teams.nightly, text: NIGHTLY, mention: true },
  },
  {
    name: 'slack-approvals',
    says: { do: 'slack-command', as: 'bo', channel: slack.releases, command: '/approvals', text: 'here' },
  },
  {
    name: 'teams-approvals',
    says: { do: 'teams-post', as: 'bo', chat: teams.releases, text: 'approvals here', mention: true },
  },
  {
    // It measures v1 and v3, so a promotion of v3 has all it needs.
    name: 'first-night',
    reports: { do: 'slack-post', as: 'ana', channel: slack.nightly, text: '@Lakedesk nightly now v3' },
    into: slack.nightly,
  },
  {
    name: 'teams-report',
    says: { do: 'teams-post', as: 'ana', chat: teams.nightly, text: 'report', mention: true },
  },
  { name: 'evaluate-v2', evaluates: 'v2' },
]

export interface Finishing extends Preparing {
  act(deed: PlaygroundDeed): Promise<{ ok: boolean }>
  /** True while the bot takes requests. */
  isReady(): boolean
  view(): Pick<PlaygroundView, 'slack'>
}

const TRIES = 3
const LOOK_EVERY_MS = 300

/** The visitor may kill the bot at any time: then it is waited for. */
async function untilReady({ isReady, signal }: Finishing): Promise<void> {
  while (!isReady()) await sleep(LOOK_EVERY_MS, undefined, { signal })
}

async function evaluate(version: string, finishing: Finishing): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await untilReady(finishing)
    finishing.tell(`Ready. Evaluating ${version} on 60 questions in the meantime.`)
    try {
      await runCommand(['evaluate', version, '--as', 'ana'], finishing.folder.data, finishing)
      return
    } catch (error) {
      if (attempt === TRIES || finishing.signal.aborted) throw error
    }
  }
}

const REPORT_MS = 10 * 60_000

/** Reports are messages of their own; what the bot answers to somebody stands in a thread. */
const hasReport = ({ view }: Finishing, channel: string): boolean =>
  view().slack.messages.some(
    (each) => each.channel === channel && each.bot && each.thread === undefined && each.onlyTo === undefined,
  )

/** A night that an earlier start asked for goes on with the bot, so it is not asked for again where its report comes. */
async function report({ reports, into }: Extract<Step, { reports: unknown }>, finishing: Finishing): Promise<boolean> {
  const { act, tell, signal } = finishing
  if (hasReport(finishing, into)) return true
  tell('Ready. Measuring v1 and v3 for the first nightly report in the meantime; promotions need that too.')
  if (!(await act(reports)).ok) return false
  const until = Date.now() + REPORT_MS
  while (!hasReport(finishing, into)) {
    if (Date.now() > until) return false
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
  return true
}

/** Beside the running bot, which carries the evaluations out. A step that failed is tried again at the next start. */
export async function finishPreparing(finishing: Finishing): Promise<void> {
  const { folder, act, signal } = finishing
  for (const step of STEPS) {
    if (folder.isDone(step.name)) continue
    signal.throwIfAborted()
    await untilReady(finishing)
    if ('evaluates' in step) await evaluate(step.evaluates, finishing)
    else if ('reports' in step ? !(await report(step, finishing)) : !(await act(step.says)).ok) continue
    folder.markDone(step.name)
  }
}
