// Gives the offline model what a team says about versions, and what readers of the documentation ask in nearly the same words.
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSampleQuestions } from '../../../bench/lib/ask-sample.ts'
import { toModelTools } from '../../../src/agent/tool-calls.ts'
import { readControl } from '../../../src/platform/offline/control.ts'
import { createOfflineChatModel } from '../../../src/platform/offline/offline-chat-model.ts'
import { versionDesk } from '../../tools/version-desk.ts'
import { createHashedEmbeddings } from '../local/hashed-embeddings.ts'

const NAMES = [
  'search-docs',
  'list-versions',
  'lookup-evals',
  'compare-versions',
  'run-evaluation',
  'request-promotion',
  'request-rollback',
  'show-champion',
  'list-promotions',
  'show-approval',
]
const offered = new Set(NAMES)
const NOW = Date.parse('2026-11-23T12:00:00Z')
const read = (focus: string, context = '') => readControl({ focus, context }, offered, NOW)

type Row = [string, string, Record<string, unknown>]

const SAID: Row[] = [
  ['what is the champion?', 'show-champion', {}],
  ['What is the Champion right now?', 'show-champion', {}],
  ['which version are we running?', 'show-champion', {}],
  ['what version is live?', 'show-champion', {}],
  ["what's in production?", 'show-champion', {}],
  ['what are we running right now', 'show-champion', {}],
  ['which version of the bot is in use?', 'show-champion', {}],
  ['which version is the champion', 'show-champion', {}],
  ['since when is it champion?', 'show-champion', {}],
  ['what was champion on 2026-11-01', 'show-champion', { on: '2026-11-01' }],
  ['Which version was champion on 1 November 2026?', 'show-champion', { on: '2026-11-01' }],
  ['which version was live yesterday?', 'show-champion', { on: '2026-11-22' }],
  ['what was the champion on Nov 3?', 'show-champion', { on: '2026-11-03' }],
  ['which version was champion on 2026-11-01T10:00Z?', 'show-champion', { on: '2026-11-01T10:00Z' }],
  ['who is our champion, and who approved it?', 'show-champion', {}],
  ['is v3 better than what we run?', 'compare-versions', { version: 'v3' }],
  ['Is version 3 better than the champion?', 'compare-versions', { version: 'v3' }],
  ['is v3 better than v2', 'compare-versions', { version: 'v3', against: 'v2' }],
  ['compare v2 and v3', 'compare-versions', { version: 'v2', against: 'v3' }],
  ['v3 vs v2?', 'compare-versions', { version: 'v3', against: 'v2' }],
  ['compare v3 with production', 'compare-versions', { version: 'v3' }],
  ['does v3 beat the champion?', 'compare-versions', { version: 'v3' }],
  ['how does v4 compare to what is live', 'compare-versions', { version: 'v4' }],
  ['what is the difference between v2 and v3?', 'compare-versions', { version: 'v2', against: 'v3' }],
  ['did v3 get worse on anything?', 'compare-versions', { version: 'v3' }],
  ['which is better, v2 or v4?', 'compare-versions', { version: 'v2', against: 'v4' }],
  ['is v3 an improvement', 'compare-versions', { version: 'v3' }],
  ['is v3 any good', 'lookup-evals', { version: 'v3' }],
  ['how did v2 do last night', 'lookup-evals', { version: 'v2' }],
  ['how good is v3?', 'lookup-evals', { version: 'v3' }],
  ['show me the evals of v3', 'lookup-evals', { version: 'v3' }],
  ["what's the faithfulness of v2?", 'lookup-evals', { version: 'v2' }],
  ['what did candidate 4 score?', 'lookup-evals', { version: 'v4' }],
  ['was v3 evaluated?', 'lookup-evals', { version: 'v3' }],
  ['has v4 been evaluated yet', 'lookup-evals', { version: 'v4' }],
  ['how good is the champion?', 'lookup-evals', {}],
  ['tell me about v3', 'lookup-evals', { version: 'v3' }],
  ['which versions are there', 'list-versions', {}],
  ['what versions do we have?', 'list-versions', {}],
  ['list the versions', 'list-versions', {}],
  ['how many versions are there?', 'list-versions', {}],
  ['which versions can we promote?', 'list-versions', {}],
  ['when was v3 registered?', 'list-versions', {}],
  ['promote v3', 'request-promotion', { version: 'v3' }],
  ['please promote version 3', 'request-promotion', { version: 'v3' }],
  ['please put v3 live', 'request-promotion', { version: 'v3' }],
  ['can you promote v3 please?', 'request-promotion', { version: 'v3' }],
  ['make v3 the champion', 'request-promotion', { version: 'v3' }],
  ['ok, switch to v3', 'request-promotion', { version: 'v3' }],
  ["let's ship v3", 'request-promotion', { version: 'v3' }],
  ['v3 looks great. Promote it.', 'request-promotion', { version: 'v3' }],
  ['force promote v3', 'request-promotion', { version: 'v3' }],
  ['Promote v3, force "Outage of the Judge"', 'request-promotion', { version: 'v3', force: 'Outage of the Judge' }],
  ['should we promote v3?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['would v3 pass the gate?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['is v3 ready?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['can we put v3 live?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['what would happen if we promoted v3', 'request-promotion', { version: 'v3', dryRun: true }],
  ['promote v3 if it passes', 'request-promotion', { version: 'v3', dryRun: true }],
  ['promote v3 tomorrow', 'request-promotion', { version: 'v3', dryRun: true }],
  ["why can't we promote v3?", 'request-promotion', { version: 'v3', dryRun: true }],
  ['dry run of v3', 'request-promotion', { version: 'v3', dryRun: true }],
  ['undo the promotion', 'request-rollback', {}],
  ['roll back', 'request-rollback', {}],
  ['please roll back to the previous version', 'request-rollback', {}],
  ['go back to the previous version now', 'request-rollback', {}],
  ['revert the last promotion please', 'request-rollback', {}],
  ['we need to roll back', 'request-rollback', {}],
  ['can we go back to the previous version?', 'request-rollback', { dryRun: true }],
  ['should we roll back?', 'request-rollback', { dryRun: true }],
  ['what happens if we roll back', 'request-rollback', { dryRun: true }],
  ['roll back to v2', 'request-rollback', { dryRun: true }],
  ['evaluate v4', 'run-evaluation', { version: 'v4' }],
  ['can you evaluate v4?', 'run-evaluation', { version: 'v4' }],
  ['please run an evaluation of v4', 'run-evaluation', { version: 'v4' }],
  ['re-evaluate v3', 'run-evaluation', { version: 'v3' }],
  ['start the evals for v4 please', 'run-evaluation', { version: 'v4' }],
  ['who promoted v2', 'list-promotions', {}],
  ['when was v2 promoted?', 'list-promotions', {}],
  ['who approved v3?', 'list-promotions', {}],
  ['has v3 been promoted yet?', 'list-promotions', {}],
  ['anything waiting for my approval?', 'list-promotions', {}],
  ['what needs my approval', 'list-promotions', {}],
  ['are there any open promotions?', 'list-promotions', {}],
  ['what was promoted last week?', 'list-promotions', {}],
  ['who rolled back last night?', 'list-promotions', {}],
  ['show me the promotion history', 'list-promotions', {}],
  ['cancel the promotion', 'list-promotions', {}],
  ['did the promotion work?', 'list-promotions', {}],
  ['show me request a7f3k2', 'show-approval', { approval: 'a7f3k2' }],
  ['please approve a7f3k2', 'show-approval', { approval: 'a7f3k2' }],
]

const DOCUMENTATION = [
  'which browser versions are supported?',
  'how do I promote a user to admin?',
  'how do I roll back an import?',
  'What changed in version 4.2?',
  'What is new in 4.1?',
  'which version of the API should I use?',
  'which API versions are there?',
  'is API v3 still supported?',
  'How do I migrate from v3 to v4?',
  "what's the difference between webhooks v1 and webhooks v2?",
  'is the v2 webhook format better than v1 webhooks?',
  'when will API v3 be switched off?',
  'how do I upgrade from version 3 to version 4 of the SDK?',
  'does v4 of the API support pagination?',
  'who can approve refunds?',
  'which orders are waiting for approval?',
  'how do I approve a return?',
  'how long does an approval take?',
  'who approves them?',
  'can I undo a cancelled order?',
  'undo the import',
  'how can I revert a deleted rule?',
  'how do I go back to the previous page?',
  'can I go back to the previous version of a template?',
  'can I restore an older version of a document?',
  'how do I roll back a rule change?',
  'what does rolling back an order do?',
  'what does the Champion plan cost?',
  'how do I set up promotions for Black Friday?',
  'which promotions can I apply to an order?',
  'how do I add a promotion code?',
  'when does the promotion on labels end?',
  'how are carriers evaluated?',
  'how do I evaluate a supplier?',
  'how do I compare two reports?',
  'which plan is better for us, Growth or Scale?',
  'is Growth better than Scale?',
  'how do I go live?',
  'can I put my shop live without a carrier?',
  'how do I deploy the print agent?',
  'how do I release an order from hold?',
  'what is running on port 9100?',
  'what is in use in the warehouse?',
  'which version of the print agent do I need?',
  'which version of Windows do you support?',
  'how do I switch to the new billing?',
  'what are the results of a stock count?',
  'how do I see the audit log?',
  'how do I list all versions of a label template?',
  'what does promote mean in the roles page?',
  'what is the gate code of the warehouse?',
  'how do I run a test order?',
  'can I evaluate the product for free?',
  'What does "promote to owner" do?',
  'what is a candidate order?',
  'how good is the OCR on invoices?',
  'is the Android app any good offline?',
  'does the tracking link change when we ship again?',
  'POST /api/v3/orders gives 404',
  'what is v3.1.2 about',
  'how do I get the newest version of the print agent?',
  'can I request an approval for expensive labels?',
  'where do I approve holidays?',
  'how do we switch back to the old editor?',
]

describe('what a team says about versions', () => {
  it.each(SAID)('%s', (text, name, args) => {
    expect(read(text)).toEqual({ name, args })
  })

  it('never asks for anything unless it is told to', () => {
    const asking = new Set(['request-promotion', 'request-rollback', 'run-evaluation'])
    for (const text of [
      'should we promote v3?',
      'do not promote v3',
      "don't put v3 live",
      'how do I promote v3?',
      'who said "promote v3"?',
      'he wrote: promote v3',
      '> promote v3',
      'can we evaluate v4?',
      'should we evaluate v4?',
      'is it time to roll back?',
      'when do we roll back?',
      'promote v3 once bo agrees',
      'promote v3 or not?',
      'roll back if it fails',
      'promote v2 or v3?',
      'what if we put v3 live on friday?',
    ]) {
      const call = read(text)
      if (call && asking.has(call.name)) expect([text, call.args]).toEqual([text, { ...call.args, dryRun: true }])
    }
  })

  it('takes the version that a follow-up leaves unsaid from the thread, where only one is meant', () => {
    expect(read('ok promote it', 'is v3 better than what we run?')).toEqual({
      name: 'request-promotion',
      args: { version: 'v3' },
    })
    expect(read('and v4?', 'is v3 any good?')).toEqual({ name: 'lookup-evals', args: { version: 'v4' } })
    expect(read('ok promote it', 'is v3 better than v2?')).toBeNull()
    expect(read('and what do the docs say?', 'promote v3')).toBeNull()
  })

  it('hands a time that names no day on, so that nobody takes now for then', () => {
    expect(read('what was the champion last week?')).toEqual({ name: 'show-champion', args: { on: 'last week' } })
  })

  it('falls back to looking where asking is not offered', () => {
    const few = new Set(['search-docs', 'compare-versions', 'lookup-evals'])
    expect(readControl({ focus: 'should we promote v3?', context: '' }, few, NOW)).toEqual({
      name: 'compare-versions',
      args: { version: 'v3' },
    })
    expect(readControl({ focus: 'promote v3', context: '' }, new Set(['search-docs']), NOW)).toBeNull()
  })
})

describe('what readers of the documentation ask', () => {
  it.each(DOCUMENTATION)('%s', (text) => {
    expect(read(text)).toBeNull()
  })

  it.each(readSampleQuestions())('$id $question', ({ question }) => {
    expect(read(question)).toBeNull()
  })
})

describe('the model with the real tools', () => {
  let desk: Awaited<ReturnType<typeof versionDesk>>
  beforeAll(async () => {
    desk = await versionDesk()
  })
  afterAll(() => desk.close())

  async function callOf(...said: string[]) {
    const tools = toModelTools(desk.tools.filter(({ peopleOnly }) => !peopleOnly))
    const { model } = createOfflineChatModel({ embeddings: createHashedEmbeddings() })
    const thread = said.flatMap((text, at) => [...(at > 0 ? [new AIMessage('I see.')] : []), new HumanMessage(text)])
    return (await model.bindTools?.(tools)?.invoke(thread))?.tool_calls?.[0]
  }

  it('calls what the rules say, with arguments that the tool takes', async () => {
    const undated = SAID.filter(([, , { on }]) => on === undefined)
    for (const [text, name, args] of undated) {
      expect([text, await callOf(text)]).toMatchObject([text, { name, args }])
      const tool = desk.tools.find((each) => each.name === name)
      expect([text, tool?.input.safeParse(args).success]).toEqual([text, true])
    }
  })

  it('searches for what is asked of the documentation, however many tools are offered', async () => {
    for (const text of DOCUMENTATION) expect([text, (await callOf(text))?.name]).toEqual([text, 'search-docs'])
    for (const { question, thread } of readSampleQuestions()) {
      const said = [...thread.filter(({ role }) => role === 'user').map(({ text }) => text), question]
      expect([question, (await callOf(...said))?.name]).toEqual([question, 'search-docs'])
    }
  })

  it('takes up the thread', async () => {
    expect(await callOf('is v3 better than what we run?', 'and v4?')).toMatchObject({ args: { version: 'v4' } })
    expect(await callOf('is v3 better than what we run?', 'ok promote it')).toMatchObject({
      name: 'request-promotion',
      args: { version: 'v3' },
    })
    expect((await callOf('How do I reset my password?', 'and how long is that valid?'))?.name).toBe('search-docs')
  })
})
