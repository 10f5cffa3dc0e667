// A small documentation with three evaluated versions of its chain and a policy: made once, and copied for every scenario.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { z } from 'zod'
import { type CliResult, type Env, makeFolder, runCli } from '../cli/run-cli.ts'

export const MODEL = 'ml_catalog.rag_apps.product_docs_rag'

/** Title and text of each page. */
export const PAGES = {
  'rotate-keys.md': [
    'Rotate API keys',
    'To rotate an API key, open **Console > Keys** and press **Rotate**. The old key keeps working for 24 hours.',
  ],
  'backups.md': ['Backups', 'Backups run every night at 02:00 UTC and are kept for 35 days.'],
  'invoices.md': [
    'Invoices',
    'Invoices are sent by e-mail on the third day of each month. Owners can download them as PDF.',
  ],
  'sign-in.md': [
    'Sign in',
    'After six wrong passwords the account is locked for 20 minutes. An administrator can unlock it.',
  ],
  'webhooks.md': ['Webhooks', 'A webhook that fails is repeated eight times, and switched off after the last failure.'],
  'exports.md': [
    'Exports',
    'An export of all orders is a CSV file. It is ready within ten minutes and can be fetched for 7 days.',
  ],
} as const satisfies Record<string, readonly [string, string]>

const ANSWERABLE = [
  ['How do I rotate an API key?', 'rotate-keys.md', 'Console > Keys'],
  ['How long are backups kept?', 'backups.md', '35 days'],
  ['When are invoices sent by e-mail?', 'invoices.md', 'third day of each month'],
  ['How often is a webhook that fails repeated?', 'webhooks.md', 'eight times'],
] as const

/** Questions that no page answers. */
export const UNANSWERABLE = [
  'Which airline flies to Reykjavik on Sundays?',
  'What is the recipe for sourdough bread?',
  'Who won the chess championship in 1972?',
  'How tall is the tallest lighthouse in Brittany?',
  'Which paint is best for wooden boats?',
  'How do I prune an apple tree in winter?',
  'Which glaze suits stoneware pottery?',
  'Where do storks breed in Morocco?',
]

/** Says what a worse version is told: with one passage, and with no word about refusing. */
export const BAD_PROMPT = 'Answer every question from the context in a friendly way, whatever the question is about.\n'

/** The policy of all scenarios: Ana may ask; Bo and Cy approve; everybody has accounts on all three faces. */
export function makePolicy(): {
  approval: Record<string, unknown>
  rollout: Record<string, unknown>
  [field: string]: unknown
} {
  const right = (name: string) => ({ principal: `${name}@acme.example`, privileges: ['MANAGE', 'EXECUTE'] })
  return {
    evaluationSet: 'questions.jsonl',
    gate: {
      minimumSamples: 10,
      metrics: { 'refusal_correctness/v1/mean': { floor: 0.7, maxDrop: 0.35 }, 'toxicity/v1/ratio': { floor: 0.3 } },
    },
    approval: { approvers: ['bo@acme.example', 'cy@acme.example'] },
    rollout: { waitMinutes: 1, probe: [{ question: 'How long are backups kept?', expect: '35 days' }] },
    people: ['ana', 'bo', 'cy', 'dee'].map(toPerson),
    grants: [right('bo'), right('cy')],
  }
}

/** Tenant of the Teams stand-in. */
export const TENANT = '99999999-8888-4777-8666-555555555555'

/** Somebody with an account on all three faces. */
export function toPerson(name: string) {
  return {
    principal: `${name}@acme.example`,
    name: name[0]?.toUpperCase() + name.slice(1),
    identities: [`console/local/${name}`, `slack/T1/U${name.toUpperCase()}`, `teams/${TENANT}/aad-${name}`],
  }
}

export interface PromotionSite {
  env: Env
  /** Where everything lies: `data`, `policy.json`, `questions.jsonl`. */
  path: string
  /** Runs a command to its end, as that person where given. */
  run(command: string, as?: string): Promise<CliResult>
  /** A folder of its own with all that is in this one. Nothing may run in this one. */
  copy(): PromotionSite
  setPolicy(policy: object): void
  dispose(): void
}

function openSite(): PromotionSite {
  const folder = makeFolder()
  const env = { LAKEDESK_DATA: join(folder.path, 'data'), LAKEDESK_POLICY: join(folder.path, 'policy.json') }
  return {
    ...folder,
    env,
    run: (command, as) => runCli([...command.split(' '), ...(as ? ['--as', as] : [])], env),
    copy() {
      const other = openSite()
      cpSync(folder.path, other.path, { recursive: true })
      return other
    },
    setPolicy: (policy) => writeFileSync(env.LAKEDESK_POLICY, JSON.stringify(policy)),
  }
}

/** v1 is the built-in chain, and Champion; v2 is worse on purpose; v3 is fine. `evaluated`: these have an evaluation. */
export async function makePromotionSite(evaluated: readonly string[] = ['v1', 'v2', 'v3']): Promise<PromotionSite> {
  const site = openSite()
  const docs = join(site.path, 'docs')
  mkdirSync(docs)
  for (const [name, [title, text]] of Object.entries(PAGES)) {
    const head = `---\ntitle: ${title}\nurl: https://docs.acme.example/${name.replace('.md', '')}\n---\n`
    writeFileSync(join(docs, name), `${head}# ${title}\n\n${text}\n`)
  }
  const questions = [
    ...ANSWERABLE.map(([question, page, fact]) => ({ question, page, facts: [fact] })),
    ...UNANSWERABLE.map((question) => ({ question, unanswerable: true })),
  ]
  writeFileSync(join(site.path, 'questions.jsonl'), questions.map((one) => `${JSON.stringify(one)}\n`).join(''))
  writeFileSync(join(site.path, 'bad-prompt.txt'), BAD_PROMPT)
  site.setPolicy(makePolicy())
  await mustRun(site, `ingest ${docs}`)
  await mustRun(site, `chain log --set retrieval.numResults=1 --prompt ${join(site.path, 'bad-prompt.txt')}`)
  await mustRun(site, 'chain log --set retrieval.numResults=6')
  for (const version of evaluated) await mustRun(site, `evaluate ${version}`, 'ana')
  return site
}

export async function mustRun(site: PromotionSite, command: string, as?: string): Promise<CliResult> {
  const result = await site.run(command, as)
  expect(result, `lakedesk ${command}`).toMatchObject({ code: 0 })
  return result
}

/** What stands in the files: where the alias points, what the endpoint serves, and how many moves the record has. */
export function readStanding(site: PromotionSite): { alias: number; serves: string[]; moves: number } {
  const one = <T>(file: string, sql: string, schema: z.ZodType<T>): T => {
    const database = new DatabaseSync(join(site.path, 'data', file), { readOnly: true })
    try {
      return schema.parse(database.prepare(sql).get())
    } finally {
      database.close()
    }
  }
  const count = z.object({ count: z.number() })
  const { version } = one(
    'platform.db',
    "SELECT version FROM aliases WHERE alias = 'Champion'",
    z.object({ version: z.number() }),
  )
  const { config } = one('platform.db', 'SELECT config FROM endpoints', z.object({ config: z.string() }))
  const entities = z.object({ entities: z.array(z.object({ version: z.string() })) }).parse(JSON.parse(config)).entities
  const moves = one('store.db', "SELECT count(*) AS count FROM audit WHERE what = 'move-champion'", count).count
  return { alias: version, serves: entities.map((entity) => entity.version), moves }
}

/** The id of the request on a card. */
export function requestOn({ out }: Pick<CliResult, 'out'>): string {
  const id = /`approve (\w+)`/.exec(out)?.[1]
  if (!id) throw new Error(`no request in: ${out}`)
  return id
}

/** Asks for the promotion and gives the id of the request. */
export async function askFor(site: PromotionSite, version: string, as = 'ana'): Promise<string> {
  return requestOn(await mustRun(site, `promote ${version}`, as))
}
