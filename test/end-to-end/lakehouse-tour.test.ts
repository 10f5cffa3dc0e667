// The tour: what Lakedesk does from a question to a trained classifier, in one go on a workspace, which is the local lakehouse. Its steps are the names below.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { openTourFaces, requestOn, type TourFaces } from './lakehouse-tour-faces.ts'
import {
  bringHouseTickets,
  CHUNKS,
  CLASSIFIER,
  CLASSIFIER_ENDPOINT,
  classifyHouseTicket,
  ENDPOINT,
  ENRICHED,
  HOUSE_FILE,
  HOUSE_TABLE,
  HOUSE_TICKET,
  INDEX,
  openTourSite,
  RAG,
  registerChain,
  serveFirst,
  type TourSite,
} from './lakehouse-tour-site.ts'
import { isDone, isTriage } from './tickets-faces.ts'
import { readCsv, sizeOfPng, yesterday } from './tickets-site.ts'

const STEP_MS = 180_000
let site: TourSite
let faces: TourFaces

beforeAll(async () => {
  site = await openTourSite()
}, STEP_MS)
afterAll(async () => {
  await faces?.close()
  await site?.close()
})

const shownAs = (message: StoredMessage): string => JSON.stringify(message.blocks)

/** Counts the requests of one route while the work is done: a fault that slows nothing down is met by each of them. */
async function countWhile(start: string, work: () => Promise<unknown>): Promise<number> {
  await site.ask('POST /lakehouse/faults', { start, fault: 'slow=0', times: 10_000 })
  await work()
  const { faults } = z
    .object({ faults: z.array(z.object({ times: z.number() })) })
    .parse(await site.ask('GET /lakehouse/faults'))
  await site.ask('DELETE /lakehouse/faults')
  return 10_000 - (faults[0]?.times ?? 0)
}

/** Asked by Ana in Slack, refused to Ana and to a stranger, approved by Bo in Teams. */
async function promote(command: string, text: string, done: RegExp): Promise<StoredMessage> {
  const asked = await faces.command(command, text)
  const card = await asked.shows((said) => said.includes('to Champion'), `the card of ${command} ${text}`)
  const request = requestOn(card)
  await faces.pressSlack(card, 'UANA', 'approve')
  await asked.shows((said) => said.includes('You may not decide'), 'the refusal of Ana')
  await faces.pressSlack(card, 'USTRANGER', 'approve')
  const inTeams = await faces.cardInTeams(request, () => true, 'the card in Teams')
  await faces.pressInTeams(inTeams, 'bo', 'approve')
  const ended = await asked.shows((said) => /^\*(Done|Put back|Failed)/.test(said), 'the end on the card in Slack')
  expect(ended.text).toMatch(done)
  expect(ended.text).toContain('approved by Bo')
  await faces.cardInTeams(request, (said) => /Done on /.test(said), 'the end on the card in Teams')
  return ended
}

/** Evaluates in Slack; the note about its end. */
async function evaluate(version: string): Promise<string> {
  const asked = await faces.command('/evaluate', version)
  const card = await asked.shows((said) => /Evaluation of|is done/.test(said), `the card of ${version}`)
  if (shownAs(card).includes('lakedesk:approve')) await faces.pressSlack(card, 'UANA', 'approve')
  return (await asked.shows((said) => /is done|failed/.test(said), `the evaluation of ${version}`)).text
}

describe('the tour of the lakehouse', { timeout: STEP_MS }, () => {
  it('ingests files into Vector Search: endpoint, table and index are made, and synced', async () => {
    const ingested = await site.run(['ingest', site.docs])
    expect(ingested).toMatchObject({ code: 0, out: expect.stringContaining('4 added') })
    expect(await site.ask(`GET /api/2.0/vector-search/indexes/${INDEX}`)).toMatchObject({
      status: { ready: true, indexed_row_count: 4 },
    })
  })

  it('logs three chains as runs, and MLflow registers them in Unity Catalog', async () => {
    const worse = ['--set', 'retrieval.numResults=1', '--prompt', join(site.path, 'bad-prompt.txt')]
    const versions: string[] = []
    for (const options of [[], worse, ['--set', 'retrieval.numResults=6']])
      versions.push(await registerChain(site, ...options))
    expect(versions).toEqual(['1', '2', '3'])
    await serveFirst(site, '1')
  })

  it('is seen as healthy by doctor, with every right that it needs', async () => {
    const { code, out, err } = await site.run(['doctor'])
    expect(code, `${out}${err}`).toBe(0)
    expect(out).toMatch(/rights on the model .*has all/)
  })

  it('answers a question in Slack with citations and its version, over Vector Search and a model found by its task', async () => {
    faces = await openTourFaces(site)
    let answer: StoredMessage | undefined
    const searches = await countWhile('* /api/2.0/vector-search/indexes/', async () => {
      answer = await faces.answerTo('How long are backups kept?')
    })
    const asked = await countWhile('POST /serving-endpoints/', () => faces.answerTo('How do I rotate an API key?'))
    expect([searches > 0, asked > 0]).toEqual([true, true])
    if (!answer) throw new Error('no answer')
    expect(answer.text).toContain('35 days. [1]')
    expect(shownAs(answer)).toContain('https://docs.acme.example/backups|Backups')
    expect(shownAs(answer)).toContain('product-docs-rag v1 · databricks-meta-llama-3-3-70b-instruct')
  })

  it('does not know yet what only a table holds', async () => {
    const answer = await faces.answerTo('How often is a webhook that fails repeated?')
    expect(answer.text).not.toContain('eight times')
    expect(answer.text).not.toMatch(/\[\d\]/)
  })

  it('/ingest runs the chunking job on the lakehouse, and then the same question is answered', async () => {
    const asked = await faces.command('/ingest', '')
    const card = await asked.shows((said) => said.startsWith("A job on the workspace's compute"), 'the card')
    await faces.pressSlack(card, 'UANA', 'approve')
    const note = await asked.shows((said) => /is done|failed/.test(said), 'the end of the job')
    expect(note.text).toContain(`2 documents are 2 chunks, merged and in ${INDEX}`)
    expect(await site.sql(`SELECT count(*), count(DISTINCT chunk_id) FROM ${CHUNKS}`)).toEqual([['6', '6']])
    const answer = await faces.answerTo('How often is a webhook that fails repeated?')
    expect(answer.text).toContain('eight times')
    expect(shownAs(answer)).toContain('https://docs.acme.example/webhooks|Webhooks')
  })

  it('evaluates the versions, and /evals v3 shows the metrics with intervals', async () => {
    for (const version of ['v1', 'v2', 'v3']) expect(await evaluate(version)).toContain('was evaluated on 12 questions')
    const shown = await (await faces.command('/evals', 'v3')).shows((said) => said.startsWith('v3 was'), '/evals v3')
    expect(shownAs(shown)).toMatch(/refusal_correctness\/v1\/mean \| \d\.\d+ \(/)
    expect(shownAs(shown)).toMatch(/faithfulness\/v1\/mean \| \d\.\d+/)
  })

  it('/promote v3: not by Ana, not by a stranger, but by Bo in Teams; alias and endpoint agree', async () => {
    expect([await site.championOf(RAG), await site.servedBy(ENDPOINT)]).toEqual(['1', ['1']])
    await faces.sayInTeams('approvals here', 'bo')
    await promote('/promote', 'v3', /Champion of .* is v3 now \(before: v1\), and support-llm-endpoint answers with v3/)
    expect([await site.championOf(RAG), await site.servedBy(ENDPOINT)]).toEqual(['3', ['3']])
  })

  it('/triage finds category and fields over the warehouse', async () => {
    const text = 'I was charged twice for the invoice INV-2026-0031 (PAY-402), please refund one payment'
    const card = await (await faces.command('/triage', text)).shows(isTriage, 'the triage')
    expect(card.text).toContain('*billing*')
    expect(shownAs(card)).toContain('PAY-402')
  })

  it('/tickets yesterday is counts, a chart and a file, and each ticket is kept once', async () => {
    const asked = await faces.command('/tickets', 'yesterday')
    const done = await asked.shows(isDone, 'the end of the run')
    const total = Number(/^(\d+) tickets/.exec(done.text)?.[1])
    expect(total).toBeGreaterThan(10)
    expect(done.blocks.map(({ type }) => type)).toContain('data_visualization')
    const again = await (await faces.command('/tickets', 'yesterday')).shows(isDone, 'the same again')
    expect(again.text.split('\n')[0]).toBe(done.text.split('\n')[0])
    const kept = await site.sql(`SELECT count(*), count(DISTINCT ticket_id) FROM ${ENRICHED}`)
    expect(kept).toEqual([[String(total), String(total)]])
    const [file] = faces.files(`tickets-${yesterday()}.csv`)
    expect(readCsv(file?.bytes ?? Buffer.from(''))).toHaveLength(total)
  })

  it('/finetune opens a form, Bo approves in Teams, and the thread follows it to its version with the loss chart', async () => {
    await bringHouseTickets(site)
    expect(await classifyHouseTicket(site)).not.toBe(HOUSE_TICKET.label)
    const asked = await faces.command('/finetune', '')
    const form = await asked.shows((said) => said.startsWith('Train the next version'), 'the form')
    await faces.pressSlack(form, 'UANA', 'start-training', { data: HOUSE_FILE, duration: '40ep' })
    const isCard = (said: string) => said.startsWith(`*Train the next version of ${CLASSIFIER}*`)
    const card = await asked.shows(isCard, 'the card')
    expect(card.thread_ts).toBe(form.ts)
    expect(card.text).toContain('150 examples read: 120 to train on, 30 held out to measure it, 5 labels')
    await faces.pressSlack(card, 'UANA', 'approve')
    await asked.shows((said) => said.includes('You may not decide'), 'the refusal of Ana')
    await faces.pressInTeams(await faces.cardInTeams(requestOn(card), () => true, 'the card in Teams'), 'bo', 'approve')
    const ended = await asked.shows((said) => isCard(said) && /is registered|failed/.test(said), 'the version')
    expect(ended.text).toMatch(/v1 of ml_catalog\.support\.ticket_classifier is registered\. Macro-F1 .*: \d\.\d+/)
    // Forty epochs are more than Slack's own charts show, so it is a picture.
    expect(shownAs(ended)).toMatch(/"type":"image".*Loss by epoch/)
    const chart = [...faces.slack.world.uploads.values()].find(({ name }) => name.endsWith('.png'))
    expect(sizeOfPng(chart?.bytes ?? Buffer.from('')).width).toBeGreaterThan(400)
    expect(await site.versionsOf(CLASSIFIER)).toEqual(['1'])
  })

  it('evaluates and promotes that version, and from then on ai_classify answers with it', async () => {
    expect(await evaluate('ticket_classifier v1')).toMatch(/ticket_classifier v1 labelled 30 rows .*accuracy [01]\.\d+/)
    expect(await classifyHouseTicket(site)).not.toBe(HOUSE_TICKET.label)
    await promote(
      '/promote',
      'ticket_classifier v1',
      /Champion of .*ticket_classifier is v1 now \(before: no version\)/,
    )
    expect([await site.championOf(CLASSIFIER), await site.servedBy(CLASSIFIER_ENDPOINT)]).toEqual(['1', ['1']])
    expect(await classifyHouseTicket(site)).toBe(HOUSE_TICKET.label)
    const card = await (await faces.command('/triage', HOUSE_TICKET.text)).shows(isTriage, 'the triage')
    expect(card.text).toContain(`*${HOUSE_TICKET.label}*`)
  })

  it('/finetune with arguments trains the next version from a table', async () => {
    const asked = await faces.command('/finetune', `${HOUSE_TABLE} --epochs 5`)
    const card = await asked.shows((said) => said.startsWith('*Train the next version'), 'the card')
    expect(card.text).toContain('150 examples read')
    await faces.pressInTeams(await faces.cardInTeams(requestOn(card), () => true, 'the card in Teams'), 'bo', 'approve')
    await asked.shows((said) => said.includes(`v2 of ${CLASSIFIER} is registered`), 'the second version')
    expect(await site.versionsOf(CLASSIFIER)).toEqual(['1', '2'])
    expect(await site.championOf(CLASSIFIER)).toBe('1')
  })

  it('/rollback puts v1 of the chain back, on alias and endpoint, and answers say so', async () => {
    const asked = await faces.command('/rollback', '', 'UBO')
    const card = await asked.shows((said) => said.startsWith('*Roll back'), 'the card')
    await faces.pressSlack(card, 'UBO', 'approve')
    await asked.shows((said) => /^\*Done on/.test(said), 'the end')
    expect([await site.championOf(RAG), await site.servedBy(ENDPOINT)]).toEqual(['1', ['1']])
    const answer = await faces.answerTo('When are invoices sent by e-mail?')
    expect(answer.text).toContain('third day of each month')
    expect(shownAs(answer)).toContain('product-docs-rag v1')
  })

  it('leaves a record that holds, and no token in the log', async () => {
    const verified = await site.run(['audit', 'verify'])
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('holds') })
    expect(faces.served().log()).not.toContain(site.lake().token)
  })
})
