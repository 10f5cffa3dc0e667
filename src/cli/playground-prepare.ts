// Makes a playground that has something to show: documentation, tickets, three evaluated versions, and rooms that follow approvals.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { LakedeskError } from '../core/errors.ts'
import { ROOMS } from '../playground/rooms.ts'
import type { PlaygroundDeed } from '../playground/words.ts'
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

/** Runs a command of ours as a person would; gives what it printed. Throws INTERNAL with its last lines where it failed. */
async function runCommand(args: readonly string[], data: string, { env, folder, signal }: Preparing): Promise<string> {
  const child = spawnCommand(args, { ...env, LAKEDESK_DATA: data }, folder.path)
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    ended,
  ])
  signal.removeEventListener('abort', stop)
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
  const { folder, tell } = preparing
  if (existsSync(folder.data)) return
  const draft = `${folder.data}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  const prompt = join(folder.path, 'friendly-prompt.txt')
  writeFileSync(prompt, BAD_PROMPT)
  const steps: [string, string[]][] = [
    ['Reading the sample documentation (1 of 4).', ['ingest', samplePath()]],
    ['Loading the sample tickets (2 of 4).', ['tickets', 'sample']],
    [
      'Registering a version that is worse on purpose (3 of 4).',
      [
        'chain',
        'log',
        '--set',
        'retrieval.numResults=1',
        '--prompt',
        prompt,
        '--description',
        'Friendly to everything',
      ],
    ],
    [
      'Registering a version that looks further (4 of 4).',
      ['chain', 'log', '--set', 'retrieval.numResults=8', '--description', 'Eight passages instead of five'],
    ],
  ]
  for (const [note, args] of steps) {
    tell(note)
    await runCommand(args, draft, preparing)
  }
  renameSync(draft, folder.data)
}

type Step = { name: string; says: PlaygroundDeed } | { name: string; evaluates: string }

const { slack, teams } = ROOMS
const NIGHTLY = 'nightly at 07:00 UTC'

/**
 * What people do once, so that there is something to promote, and so that cards and reports reach the rooms made for them. The
 * rooms for releases follow approvals from before the third version is evaluated, which is the one to promote.
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
  { name: 'evaluate-v1', evaluates: 'v1' },
  { name: 'evaluate-v2', evaluates: 'v2' },
  {
    name: 'slack-approvals',
    says: { do: 'slack-command', as: 'bo', channel: slack.releases, command: '/approvals', text: 'here' },
  },
  {
    name: 'teams-approvals',
    says: { do: 'teams-post', as: 'bo', chat: teams.releases, text: 'approvals here', mention: true },
  },
  { name: 'evaluate-v3', evaluates: 'v3' },
]

export interface Finishing extends Preparing {
  act(deed: PlaygroundDeed): Promise<{ ok: boolean }>
  /** True while the bot takes requests. */
  isReady(): boolean
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
    finishing.tell(`Ready. Evaluating ${version} on 60 questions in the meantime; promotions need that.`)
    try {
      await runCommand(['evaluate', version, '--as', 'ana'], finishing.folder.data, finishing)
      return
    } catch (error) {
      if (attempt === TRIES || finishing.signal.aborted) throw error
    }
  }
}

/** Beside the running bot, which carries the evaluations out. A step that failed is tried again at the next start. */
export async function finishPreparing(finishing: Finishing): Promise<void> {
  const { folder, act, signal } = finishing
  for (const step of STEPS) {
    if (folder.isDone(step.name)) continue
    signal.throwIfAborted()
    await untilReady(finishing)
    if ('evaluates' in step) await evaluate(step.evaluates, finishing)
    else if (!(await act(step.says)).ok) continue
    folder.markDone(step.name)
  }
}
