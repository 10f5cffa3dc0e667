// Nightly reports and feedback on a real MLflow server: what ran, what was measured twice, and what MLflow's own client reads of it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMlflowRegistry } from '../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import { readLedger } from '../../src/store/sqlite/read-ledger.ts'
import { makeFolder, runCli } from '../cli/run-cli.ts'
import { type Faces, openFaces } from '../end-to-end/promotion-faces.ts'
import { BAD_PROMPT, makePolicy, PAGES, UNANSWERABLE } from '../end-to-end/promotion-site.ts'
import { eventually } from '../end-to-end/served.ts'
import { newName } from '../platform/contract-basics.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { askPython } from './ask-python.ts'
import { describeLive } from './describe-live.ts'

const STEP_MS = 180_000
const WAIT_MS = 120_000
const QUESTION = 'How long are backups kept?'

const seenSchema = z.object({
  evaluations: z.array(z.object({ version: z.string(), status: z.string(), traces: z.number() })),
})
const saidSchema = z.array(
  z.object({
    inputs: z.looseObject({ question: z.string() }),
    assessments: z.array(z.object({ name: z.string(), source: z.array(z.string()), value: z.unknown() })),
  }),
)

describeLive('Nightly reports on MLflow', (server) => {
  describe('Nightly reports on MLflow', () => {
    const folder = makeFolder()
    const model = newName('nightly_rag')
    const env = {
      LAKEDESK_PLATFORM: 'mlflow',
      MLFLOW_TRACKING_URI: server.url,
      LAKEDESK_DATA: join(folder.path, 'data'),
      LAKEDESK_POLICY: join(folder.path, 'policy.json'),
    }
    let faces: Faces
    const must = async (...args: string[]) => expect(await runCli(args, env), args.join(' ')).toMatchObject({ code: 0 })
    const seen = async () => seenSchema.parse(await askPython(server, 'promoted', { model })).evaluations
    const nights = () => readLedger(join(folder.path, 'data', 'store.db'), 'nights', 9)

    /** What the bot wrote in #C1, threads with it. */
    const written = (): StoredMessage[] => {
      const top = faces.slack.messages('C1')
      return [...top, ...top.flatMap(({ ts }) => faces.slack.messages('C1', ts))].filter(({ bot_id }) => bot_id)
    }
    const wordsOf = ({ text, blocks }: StoredMessage) => `${text} ${JSON.stringify(blocks)}`
    const found = (holds: (words: string) => boolean, what: string) =>
      eventually(() => written().find((one) => holds(wordsOf(one))), what, WAIT_MS)

    beforeAll(async () => {
      const docs = join(folder.path, 'docs')
      mkdirSync(docs)
      for (const [name, [title, text]] of Object.entries(PAGES)) {
        writeFileSync(join(docs, name), `---\ntitle: ${title}\n---\n# ${title}\n\n${text}\n`)
      }
      const answerable = { question: QUESTION, page: 'backups.md', facts: ['35 days'] }
      const rows = [answerable, ...UNANSWERABLE.map((question) => ({ question, unanswerable: true }))]
      writeFileSync(join(folder.path, 'questions.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      writeFileSync(join(folder.path, 'bad.txt'), BAD_PROMPT)
      writeFileSync(env.LAKEDESK_POLICY, JSON.stringify({ ...makePolicy(), model }))
      await must('ingest', docs)
      await must('chain', 'log')
      await must('chain', 'log', '--set', 'retrieval.numResults=1', '--prompt', join(folder.path, 'bad.txt'))
      faces = await openFaces({ env })
    }, STEP_MS)
    afterAll(async () => {
      await faces?.close()
      folder.dispose()
    })

    it('an evaluation by another process is judged and posted once', { timeout: STEP_MS }, async () => {
      await faces.command('/nightly', 'watch', 'UBO')
      await found((words) => words.includes('finished elsewhere'), 'the schedule')
      await must('evaluate', 'v1', '--as', 'ana')
      await eventually(() => nights()[0], 'the night', WAIT_MS)
      await found((words) => words.includes('v1') && !words.includes('finished elsewhere'), 'the post')
      expect(await seen()).toEqual([{ version: '1', status: 'FINISHED', traces: UNANSWERABLE.length + 1 }])
      expect(nights()).toHaveLength(1)
    })

    it('what looks like a regression is measured once more before it is announced', { timeout: STEP_MS }, async () => {
      const http = createMlflowHttp({ baseUrl: server.url })
      await createMlflowRegistry({ http }).setAlias(model, 'Champion', '2')
      await faces.command('/nightly', 'now', 'UBO')
      await eventually(() => nights()[1], 'the second night', WAIT_MS)
      // The card of the request names v2 as well, and comes before the night is measured.
      await expect
        .poll(async () => (await seen()).map(({ version, status }) => `${version} ${status}`), {
          ...{ timeout: WAIT_MS, interval: 1_000 },
        })
        .toEqual(['1 FINISHED', '2 FINISHED', '2 FINISHED'])
      await found((words) => /Champion v2/.test(words), 'its post')
    })

    it('a thumb is an assessment on the trace of its answer', { timeout: STEP_MS }, async () => {
      const { slack } = faces
      const url = `${faces.served().url}/slack/events`
      const ts = slack.nextTs()
      const event = { type: 'app_mention', channel: 'C1', user: 'UANA', ts, text: `<@${slack.botUser}> ${QUESTION}` }
      expect((await slack.sendEvent(url, event)).status).toBe(200)
      const answer = await found((words) => words.includes('"feedback_buttons"'), 'the answer with its thumbs')
      const elements = answer.blocks.flatMap(({ elements }) => (elements ?? []) as Record<string, unknown>[])
      const thumbs = elements.find(({ action_id }) => action_id === 'feedback') as
        | { positive_button: { value: string } }
        | undefined
      await slack.sendAction(url, {
        ...{ type: 'block_actions', trigger_id: `t.${ts}`, team: { id: slack.team } },
        ...{ user: { id: 'UANA', team_id: slack.team }, channel: { id: 'C1' } },
        message: { ts: answer.ts, thread_ts: ts },
        container: { type: 'message', message_ts: answer.ts, channel_id: 'C1' },
        actions: [
          {
            ...{ type: 'feedback_buttons', action_id: 'feedback', block_id: 'b', action_ts: ts },
            value: thumbs?.positive_button.value,
          },
        ],
      })
      const of = (said: z.infer<typeof saidSchema>) => said.find(({ inputs }) => inputs.question === QUESTION)
      await expect
        .poll(async () => of(saidSchema.parse(await askPython(server, 'said', { principal: 'ana@acme.example' }))), {
          ...{ timeout: 60_000, interval: 1_000 },
        })
        .toMatchObject({ assessments: [{ name: 'user_feedback', source: ['HUMAN', 'ana@acme.example'], value: true }] })
      // Neither what was watched nor what the second night measured itself was judged again meanwhile.
      expect(nights()).toHaveLength(2)
    })
  })
})
