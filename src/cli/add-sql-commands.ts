// The commands of SQL and of tickets on the command line.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { ENCODINGS } from '../platform/local/sql/load/decode-file.ts'
import type { ClassifyFileOptions } from './classify-file.ts'
import type { SqlOptions } from './sql.ts'
import type { LoadTicketsOptions } from './tickets.ts'
import type { WatchOptions } from './watch-rows.ts'

export interface CommandHands {
  program: Command
  run(command: (settings: Settings, log: Log) => Promise<boolean | undefined>): Promise<void>
  /** Adds a command of the conversation. */
  addOperation(name: string, args: string, description: string, readsOnly: boolean): Command
  /** The text as typed, or standard input where it is `-`. */
  readText(given: string): Promise<string>
}

/** A whole number from 1 on. */
function readCount(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('Write a whole number from 1 on.')
}

/** Only where the byte order mark does not tell it. */
const encodingOption = (): Option =>
  new Option('--encoding <name>', 'how the file is written; by default UTF-8, or as its byte order mark says').choices(
    ENCODINGS,
  )

const collect = (value: string, before: string[]): string[] => [...before, value]

export function addSqlCommands(hands: CommandHands): void {
  addSql(hands)
  addTickets(hands)
}

function addSql({ program, run, readText }: CommandHands): void {
  program
    .command('sql')
    .description('run one statement over the tables, with AI functions; EXPLAIN shows what it would cost')
    .argument('<statement>', 'Databricks SQL; give - to read it from standard input')
    .option('--load <file>', 'load a CSV, JSONL or Parquet file as a table of its base name; repeatable', collect, [])
    .option('--json', 'print {columns, rows}', false)
    .option('--write', 'allow CREATE TABLE ... AS SELECT', false)
    .option('--param <name=value>', 'value of :name in the statement; repeatable', collect, [])
    .option('--limit <rows>', 'rows to print at most', readCount)
    .option('--skip-broken', 'keep the good rows of a file with broken ones', false)
    .addOption(encodingOption())
    .option('--yes', 'spend more than the budget of the tickets', false)
    .action((statement: string, options: SqlOptions) =>
      run(async (settings, log) => {
        const { sql } = await import('./sql.ts')
        return sql(await readText(statement), options, settings, log)
      }),
    )
}

function addTickets(hands: CommandHands): void {
  const tickets = hands.addOperation('tickets', 'period', 'triage the tickets of a period: table, chart and CSV', false)
  addClassify(tickets, hands)
  addTables(tickets, hands)
  addStreams(tickets, hands)
}

function addClassify(tickets: Command, { run }: CommandHands): void {
  tickets
    .command('classify')
    .description('classify every row of a file; what was answered once is not asked again')
    .argument('<file>', 'CSV, JSONL or Parquet')
    .requiredOption('--labels <labels>', 'a,b,c or a JSON object of label and description, or @file with either')
    .option('--text <column>', 'the column to classify; found by itself where there is one text column')
    .option('--out <file>', 'CSV to write instead of standard output')
    .option('--skip-broken', 'keep the good rows of a file with broken ones', false)
    .addOption(encodingOption())
    .option('--yes', 'spend more than the budget of the tickets', false)
    .action((file: string, options: ClassifyFileOptions) =>
      run(async (settings, log) => {
        const { classifyFile } = await import('./classify-file.ts')
        return classifyFile(file, options, settings, log)
      }),
    )
}

function addTables(tickets: Command, { run }: CommandHands): void {
  tickets
    .command('load')
    .description('load a file as the table of the tickets')
    .argument('<file>', 'CSV, JSONL or Parquet')
    .option('--skip-broken', 'keep the good rows of a file with broken ones', false)
    .addOption(encodingOption())
    .action((file: string, options: LoadTicketsOptions) =>
      run(async (settings, log) => {
        const { loadTickets } = await import('./tickets.ts')
        return loadTickets(file, options, settings, log)
      }),
    )
  tickets
    .command('sample')
    .description('load 500 sample tickets, their dates moved so that the newest is of today')
    .action(() =>
      run(async (settings, log) => {
        const { sampleTickets } = await import('./tickets.ts')
        return sampleTickets(settings, log)
      }),
    )
}

function addStreams(tickets: Command, { run }: CommandHands): void {
  tickets
    .command('watch')
    .description('follow a file: new rows are enriched as they arrive')
    .argument('<file>', 'CSV or JSONL that grows')
    .requiredOption(
      '--into <statement>',
      'CREATE OR REFRESH STREAMING TABLE ... AS SELECT ... FROM STREAM(<table>), or @file with it',
    )
    .option('--once', 'stop when all rows that are there have been enriched', false)
    .option('--skip-broken', 'leave broken rows out, each named once, and go on', false)
    .option('--yes', 'spend more than the budget of the tickets', false)
    .action((file: string, options: WatchOptions) =>
      run(async (settings, log) => {
        const { watchRows } = await import('./watch-rows.ts')
        return watchRows(file, options, settings, log)
      }),
    )
  tickets
    .command('pipeline')
    .description('print the SQL of a Databricks pipeline that enriches the tickets, to review and install')
    .option('--reviews', 'the one for product reviews instead', false)
    .action((options: { reviews: boolean }) =>
      run(async (settings) => {
        const { printPipeline } = await import('./tickets.ts')
        printPipeline(options, settings)
        return true
      }),
    )
}
