// Commands of the conversation that are commands of the terminal too.
import type { Command } from 'commander'
import { isPersonName } from '../bots/console/read-console-line.ts'
import { LakedeskError } from '../core/errors.ts'
import type { CommandHands } from './add-sql-commands.ts'
import { toCommandText } from './command-text.ts'

/** `args`: what stands behind the name; empty where nothing does. */
export type AddOperation = (name: string, args: string, description: string, readsOnly: boolean) => Command

/** As the console's /as takes it. Throws CONFIG_INVALID. */
export function readWho(as: string | undefined): { as?: string } {
  if (as === undefined) return {}
  if (isPersonName(as)) return { as }
  throw new LakedeskError('CONFIG_INVALID', '--as takes a name of letters, digits and . _ @ - such as --as ana.')
}

/** Commands that can show what they would do. */
const DRY_RUNS = new Set(['promote', 'rollback'])

/** Commands of the conversation that are also commands here: the same tool, the same gate. */
export function createAddOperation(program: Command, run: CommandHands['run']): AddOperation {
  return (name, args, description, readsOnly) => {
    const command = program
      .command(name)
      .description(description)
      .argument(args === '' ? '[nothing...]' : `[${args}...]`)
      .option('--as <name>', 'act as another person than the user of this computer')
    if (DRY_RUNS.has(name)) command.option('--dry-run', 'show what would happen, store nothing')
    return command.allowUnknownOption().action((words: string[], options: { as?: string; dryRun?: boolean }) =>
      run(async (settings, log) => {
        const { operate } = await import('./operate.ts')
        const { dryRun = false } = options
        // Behind commands that take a text it would be read as a part of the text.
        if (words.includes('--dry-run')) {
          throw new LakedeskError(
            'CONFIG_INVALID',
            `There is no --dry-run of ${name}, so nothing was done. Leave it out.`,
          )
        }
        const text = toCommandText(name, [...words, ...(dryRun ? ['--dry-run'] : [])])
        return operate({ name, text, ...readWho(options.as), readsOnly: readsOnly || dryRun }, settings, log)
      }),
    )
  }
}

export function addOperations(addOperation: AddOperation): void {
  addOperation('versions', '', 'list the registered versions', true)
  addOperation('evals', 'versions', 'show the evaluation of a version, or compare two', true)
  addOperation('evaluate', 'version', 'evaluate a version on the questions of the policy', false)
  addOperation('promote', 'version', 'ask for a promotion; --force "reason" overrides a failing gate', false)
  addOperation('rollback', '', 'go back to the version before', false)
  addOperation('approve', 'request', 'approve a request by its id', false)
  addOperation('reject', 'request', 'reject a request by its id', false)
  addOperation('approval', 'request', 'show the card of a request', false)
  addOperation('review', 'request', 'record that you looked at it afterwards', false)
  addOperation('champion', 'when', 'which version is in use, or was: on 2026-11-01', false)
  addOperation('promotions', '', 'open requests and the last moves', false)
  addOperation('finetune', 'data', 'train a model on labelled data, once somebody approved', false)
  addOperation('triage', 'text', 'category, fields and summary of one ticket', false)
  addOperation('correct', 'change', 'correct a triaged ticket: t-1a2b3c category=billing', false)
  addOperation('cases', 'id', 'questions that users marked down, for the evaluation set: accept <id>, drop <id>', false)
  addOperation('pairs', '', 'the answers that were kept for training, as a file of JSON lines', false)
  addOperation('query', 'question', 'a question about the tickets, in words or as a SELECT', false)
  addOperation(
    'nightly',
    'what',
    'the nightly report: now, at 07:00 Europe/Berlin, watch, pause, resume, off, list',
    false,
  )
  addOperation('report', 'date', 'the report of a night: the last one, yesterday, 2026-11-22; html for a file', false)
  addOperation('mute', 'question', 'keep a failing question out of the report: q07 until 2026-12-24', false)
  addOperation('assign', 'question', 'say who looks after a failing question: q07 me', false)
}
