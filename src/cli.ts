// The command line: parses, reads the environment, hands each command its settings, and turns every failure into one sentence.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { addNightsCommand } from './cli/add-nights-command.ts'
import { addOperations, createAddOperation, readWho } from './cli/add-operations.ts'
import { addSqlCommands } from './cli/add-sql-commands.ts'
import { addWorkspaceCommands } from './cli/add-workspace-commands.ts'
import { createLog } from './cli/create-log.ts'
import { isTooLong, readArguments, runAgain } from './cli/long-arguments.ts'
import type { PlaygroundCommand } from './cli/playground.ts'
import { readResolvedSettings } from './cli/read-settings.ts'
import { reportFailure } from './cli/report-failure.ts'
import { withModel } from './cli/with-model.ts'
import { listSecrets } from './config/read-config.ts'
import type { Settings } from './config/settings.ts'
import { LakedeskError } from './core/errors.ts'
import type { Log } from './core/log.ts'

interface GlobalOptions {
  debug?: boolean
  data?: string
}

const manifest: { version: string; description: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)

type PlaygroundOptions = Omit<PlaygroundCommand, 'version' | 'debug'>

const program = new Command('lakedesk')
  .description(manifest.description)
  .version(manifest.version)
  .option('--debug', 'show stack traces and debug lines')
  .option('--data <folder>', 'folder of the store and the index (LAKEDESK_DATA)')
  .showHelpAfterError('(lakedesk --help shows what there is)')

/** What nobody caught still ends in one sentence. A reader that went away (`lakedesk ask ... | head -1`) is no fault. */
function catchTheRest(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
  const end = (error: unknown): void => {
    reportFailure(error, program.opts<GlobalOptions>().debug ?? false)
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

/** The environment, with --data over it. */
function readEnv(): NodeJS.ProcessEnv {
  const { data } = program.opts<GlobalOptions>()
  if (data?.trim() === '') {
    throw new LakedeskError('CONFIG_INVALID', '--data names no folder. Write one behind it, or leave it out.')
  }
  return { ...process.env, ...(data ? { LAKEDESK_DATA: data } : {}) }
}

/** Name of the command. */
let running = ''
program.hook('preAction', (_, action) => {
  running = action.name()
})

type Run = (settings: Settings, log: Log) => Promise<boolean | undefined>

/** Runs one command: exit code 0, or 1 with a sentence. Commands that talk keep the log quiet unless asked. */
async function run(command: Run, quiet = true): Promise<void> {
  const { debug = false } = program.opts<GlobalOptions>()
  try {
    const read = await readResolvedSettings(readEnv())
    const chosen = process.env.LAKEDESK_LOG_LEVEL ? read.logLevel : quiet ? 'silent' : read.logLevel
    const log = createLog({
      level: debug ? 'debug' : chosen,
      secrets: listSecrets(read),
      write: (line) => void process.stderr.write(line),
    })
    const settings = await withModel(running, read, log)
    if ((await command(settings, log)) === false) process.exitCode = 1
  } catch (error) {
    reportFailure(error, debug)
    process.exitCode = 1
  }
}

/** The question as typed, or standard input where it is `-`. */
async function readQuestion(given: readonly string[]): Promise<string> {
  return given.length === 1 && given[0] === '-' ? text(process.stdin) : given.join(' ')
}

const collect = (value: string, before: string[]): string[] => [...before, value]

program
  .command('ingest')
  .description('bring documentation into the index: only what changed is embedded again')
  .argument('[paths...]', 'files and folders; LAKEDESK_DOCS where none is given')
  .action((paths: string[]) =>
    run(async (settings, log) => {
      const { ingest } = await import('./cli/ingest.ts')
      return ingest(paths, settings, log)
    }),
  )

program
  .command('remove')
  .description('take documentation out of the index again, also where its folder is gone')
  .argument('<paths...>', 'folders and dumps as they were ingested')
  .action((paths: string[]) =>
    run(async (settings, log) => {
      const { remove } = await import('./cli/ingest.ts')
      await remove(paths, settings, log)
      return true
    }),
  )

program
  .command('chat')
  .description('talk to the documentation in this terminal')
  .option('--sample', 'ingest the sample documentation first')
  .option('--as <name>', 'speak as another person than the user of this computer')
  .action((options: { sample?: boolean; as?: string }) =>
    run(async (settings, log) => {
      const { chat } = await import('./cli/talk.ts')
      return chat({ sample: options.sample ?? false, ...readWho(options.as) }, settings, log)
    }),
  )

program
  .command('ask')
  .description('answer one question, for scripts')
  .argument(
    '<question...>',
    'the question; put -- before one that begins with a dash, or give - to read it from standard input',
  )
  .option('--json', 'print {answer, refused, citations, version, turn}', false)
  .option('--after <question>', 'an earlier question of the same conversation; repeatable', collect, [])
  .action((question: string[], options: { json: boolean; after: string[] }) =>
    run(async (settings, log) => {
      const { ask } = await import('./cli/talk.ts')
      return ask(await readQuestion(question), options, settings, log)
    }),
  )

const addOperation = createAddOperation(program, run)
addOperations(addOperation)

const chain = program.command('chain').description('register and show RAG chains')
chain
  .command('log')
  .description('register the current chain as a new version')
  .option('--from <version>', 'start from this version instead of the built-in chain')
  .option('--prompt <file>', 'file of the system prompt')
  .option('--set <setting=value>', 'change a setting, such as retrieval.numResults=8; repeatable', collect, [])
  .option('--description <text>', 'shown in the list of versions')
  .action((options: { from?: string; prompt?: string; set: string[]; description?: string }) =>
    run(async (settings, log) => {
      const { chainLog } = await import('./cli/chain.ts')
      await chainLog(options, settings, log)
      return true
    }),
  )
chain
  .command('show')
  .description('print the chain of a version, or the one that `chain log` would register')
  .argument('[version]')
  .action((version: string | undefined) =>
    run(async (settings, log) => {
      const { chainShow } = await import('./cli/chain.ts')
      await chainShow(version, settings, log)
      return true
    }),
  )

addSqlCommands({ program, run, addOperation, readText: (given) => readQuestion([given]) })

const audit = program.command('audit').description('prove and export the record of who did what')
audit
  .command('verify')
  .description('recompute the hash chain, also beside a running server; names the first broken line')
  .option('--file <export>', 'check an export instead of the store')
  .option('--head <lines:hash>', 'a head that was noted earlier')
  .action((options: { file?: string; head?: string }) =>
    run(async (settings) => {
      const { auditVerify } = await import('./cli/audit.ts')
      return auditVerify(options, settings)
    }),
  )
audit
  .command('export')
  .description('print the record as JSONL')
  .action(() =>
    run(async (settings) => {
      const { auditExport } = await import('./cli/audit.ts')
      await auditExport(settings)
      return true
    }),
  )

program
  .command('serve')
  .description('answer in Slack and Teams')
  .option('--invocations', "answer MLflow's scoring protocol at /invocations too")
  .action((options: { invocations?: boolean }) =>
    run(async (settings, log) => {
      const { serve } = await import('./main.ts')
      await serve(settings, log, { invocations: options.invocations ?? false })
      return true
    }, false),
  )

program
  .command('playground')
  .description('Lakedesk in the browser: Slack and Teams played on this machine, no account and no key needed')
  .addHelpText(
    'after',
    '\nIts own data lie in the folder playground below LAKEDESK_DATA, or in the one that --data names.',
  )
  .option('--port <number>', 'port of the page; the three behind it are for the bot and the platforms', '8090')
  .option('--host <host>', 'address that the page listens on', '127.0.0.1')
  .option('--allow-network', 'let a --host be used that other machines reach', false)
  .option('--fresh', 'begin anew: forget what was said and done in the playground', false)
  .option('--open', 'open the page in the browser', false)
  .action(async (options: PlaygroundOptions) => {
    const { debug = false, data } = program.opts<GlobalOptions>()
    try {
      const { runPlayground } = await import('./cli/playground.ts')
      const given = { ...options, debug, version: manifest.version, ...(data === undefined ? {} : { data }) }
      await runPlayground(given, process.env)
    } catch (error) {
      reportFailure(error, debug)
      process.exitCode = 1
    }
  })

addWorkspaceCommands({ program, run })
addNightsCommand({ program, run })

program
  .command('doctor')
  .description('check configuration, store, index, model and credentials, and say how to fix each fault')
  .option('--platform <name>', 'check as with this LAKEDESK_PLATFORM: local, mlflow or databricks')
  .action(async ({ platform }: { platform?: string }) => {
    const { doctor } = await import('./cli/doctor.ts')
    const env = { ...readEnv(), ...(platform === undefined ? {} : { LAKEDESK_PLATFORM: platform }) }
    if (!(await doctor(env, process.stdout))) process.exitCode = 1
  })

/** A statement may begin with a SQL comment, and is no option then: options hold no white space behind their dashes, and no line break. */
const keepComment = (arg: string): string => (/^--(?:\s|[^\n]*\n)/.test(arg) ? ` ${arg}` : arg)

catchTheRest()
const args = readArguments(process.argv, process.env)
if (isTooLong(args, process.argv)) process.exitCode = await runAgain(args, process.argv)
else await program.parseAsync(args.map(keepComment), { from: 'user' })
