// Gives the offline model what a team says about versions, and what readers of the documentation ask in nearly the same words.
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSampleQuestions } from '../../../bench/lib/ask-sample.ts'
import { toModelTools } from '../../../src/agent/tool-calls.ts'
import { readControl } from '../../../src/platform/offline/control.ts'
import { createOfflineChatModel } from '../../../src/platform/offline/offline-chat-model.ts'
import type { AnyTool } from '../../../src/tools/define-tool.ts'
import { createSearchDocs } from '../../../src/tools/search-docs.ts'
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
  ['please promote version 3', 'request-promotion', { version: 'v3' }],
  ['is version 3 better than version 1?', 'compare-versions', { version: 'v3', against: 'v1' }],
  ['evaluate version 2', 'run-evaluation', { version: 'v2' }],
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
  ['hey, which one is live at the moment?', 'show-champion', {}],
  ["what's the current champion", 'show-champion', {}],
  ["Who's champion?", 'show-champion', {}],
  ['which model version answers our users', 'show-champion', {}],
  ['what version of the bot is deployed?', 'show-champion', {}],
  ['what are you running on', 'show-champion', {}],
  ['what was running last Friday?', 'show-champion', { on: '2026-11-20' }],
  ['who put v2 live?', 'list-promotions', {}],
  ['when did v3 go live?', 'list-promotions', {}],
  ['how long has v2 been champion?', 'show-champion', {}],
  ['why is v2 the champion?', 'show-champion', {}],
  ['did v3 beat v2?', 'compare-versions', { version: 'v3', against: 'v2' }],
  ['is there any reason to prefer v3 over v2?', 'compare-versions', { version: 'v3', against: 'v2' }],
  ['how much better is v3?', 'compare-versions', { version: 'v3' }],
  ["is v3 worse than what's in prod", 'compare-versions', { version: 'v3' }],
  ['v3 or v2?', 'compare-versions', { version: 'v3', against: 'v2' }],
  ['what are the differences between v2 and v3', 'compare-versions', { version: 'v2', against: 'v3' }],
  ['show me a comparison of v2 and v3', 'compare-versions', { version: 'v2', against: 'v3' }],
  ['v2 v3', 'compare-versions', { version: 'v2', against: 'v3' }],
  ['should we go with v3?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['do you think v3 is good enough to go live?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['can v3 go to production?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['are we ready to ship v3', 'request-promotion', { version: 'v3', dryRun: true }],
  ['does v3 meet the gate?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['what does the gate say about v3', 'request-promotion', { version: 'v3', dryRun: true }],
  ["what's stopping v3?", 'request-promotion', { version: 'v3', dryRun: true }],
  ['why was v3 rejected?', 'list-promotions', {}],
  ['why did v3 fail the gate?', 'request-promotion', { version: 'v3', dryRun: true }],
  ['evals for v3 please', 'lookup-evals', { version: 'v3' }],
  ['give me the numbers for v3', 'lookup-evals', { version: 'v3' }],
  ["show v3's results", 'lookup-evals', { version: 'v3' }],
  ["how's v3 looking?", 'lookup-evals', { version: 'v3' }],
  ['how is v3 doing on faithfulness?', 'lookup-evals', { version: 'v3' }],
  ["what's the toxicity of v3", 'lookup-evals', { version: 'v3' }],
  ['which questions did v3 get wrong?', 'lookup-evals', { version: 'v3' }],
  ['where did v3 regress?', 'compare-versions', { version: 'v3' }],
  ['run evals on v4', 'run-evaluation', { version: 'v4' }],
  ['kick off an evaluation for v5 please', 'run-evaluation', { version: 'v5' }],
  ['could you re-run the eval of v3?', 'run-evaluation', { version: 'v3' }],
  ['has anyone evaluated v4?', 'lookup-evals', { version: 'v4' }],
  ['evaluate the champion', 'run-evaluation', { version: 'champion' }],
  ['when was v3 last evaluated?', 'lookup-evals', { version: 'v3' }],
  ["I'd like to promote v3", 'request-promotion', { version: 'v3' }],
  ['we want v3 in production', 'request-promotion', { version: 'v3', dryRun: true }],
  ['Go ahead and promote v3 now', 'request-promotion', { version: 'v3' }],
  ['v3 please, make it live', 'request-promotion', { version: 'v3', dryRun: true }],
  ['promote candidate 3', 'request-promotion', { version: 'v3' }],
  ['push v3 to prod', 'request-promotion', { version: 'v3' }],
  ['roll v3 out', 'request-promotion', { version: 'v3' }],
  ['roll out v3 to everyone', 'request-promotion', { version: 'v3' }],
  ['deploy v3!', 'request-promotion', { version: 'v3' }],
  ['switch production to v3', 'request-promotion', { version: 'v3' }],
  ['set the alias to v3', 'request-promotion', { version: 'v3' }],
  ['roll v3 back', 'request-rollback', { dryRun: true }],
  ['take v3 down', 'request-rollback', { dryRun: true }],
  ['revert to v2', 'request-rollback', { dryRun: true }],
  ['go back to v2', 'request-rollback', { dryRun: true }],
  ['rollback please', 'request-rollback', {}],
  ['bring back the old version', 'request-rollback', {}],
  ['put the previous version back', 'request-rollback', {}],
  ['can you roll back the champion', 'request-rollback', {}],
  ["let's go back to the last version", 'request-rollback', {}],
  ["I want to undo yesterday's promotion", 'request-rollback', {}],
  ['is there something I need to approve?', 'list-promotions', {}],
  ["what's pending?", 'list-promotions', {}],
  ['show open approvals', 'list-promotions', {}],
  ['any approvals waiting?', 'list-promotions', {}],
  ['who needs to approve v3?', 'list-promotions', {}],
  ['who approved the last promotion?', 'list-promotions', {}],
  ['what happened to my promotion request?', 'list-promotions', {}],
  ['has the rollback finished?', 'list-promotions', {}],
  ['status of the promotion of v3', 'list-promotions', {}],
  ['show me the last promotions', 'list-promotions', {}],
  ['what did we promote this month?', 'list-promotions', {}],
  ['how many versions do we have', 'list-versions', {}],
  ['list all versions of the model', 'list-versions', {}],
  ["what's the newest version of the bot?", 'list-versions', {}],
  ['any new candidates?', 'list-versions', {}],
  ['does v7 exist?', 'list-versions', {}],
  ['who registered v3?', 'list-versions', {}],
  ['a7f3k2', 'show-approval', { approval: 'a7f3k2' }],
  ['what is request a7f3k2 about?', 'show-approval', { approval: 'a7f3k2' }],
  ['is v3 live yet?', 'show-champion', {}],
  ['approve v3', 'list-promotions', {}],
  ['what would change if we promote v3', 'request-promotion', { version: 'v3', dryRun: true }],
  ['what would a rollback do?', 'request-rollback', { dryRun: true }],
  ['we have to roll back now!', 'request-rollback', {}],
  ['please go and promote v4 for me', 'request-promotion', { version: 'v4' }],
  ['can you check v3', 'lookup-evals', { version: 'v3' }],
  ['give me a list of all versions', 'list-versions', {}],
  ['is v4 cheaper?', 'compare-versions', { version: 'v4' }],
  ['which version was live before v3?', 'list-promotions', {}],
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
  'which node version do I need?',
  "what's new in version 5?",
  'is version 2 of the mobile app out?',
  'what version of TLS do you require',
  'how do I check which version of the agent is installed',
  'can I promote a warehouse worker to manager?',
  'promote user to owner',
  'how do promotions affect taxes?',
  'can I approve returns automatically?',
  'I want to undo a shipment',
  'undo the last import',
  'roll back the migration',
  'revert my changes',
  'go back',
  'can I go back to the trial?',
  'is there an approval workflow for purchase orders?',
  'what is pending review status?',
  'who can see pending invoices?',
  'evaluate expression in automation rule',
  'run an evaluation copy of the product',
  'which metrics are in the dashboard?',
  'how accurate is the delivery estimate?',
  'what does latency mean in the status page?',
  'how are results sorted in search?',
  'is the premium plan worth it?',
  'compare plans',
  "what's the difference between a return and a refund?",
  'how do I compare v1 and v2 webhooks payloads?',
  'does the V2 webhook retry?',
  "what's running in the background when the app is closed?",
  'what is live tracking?',
  'what is in use by other users?',
  'who is the owner?',
  'who released my order?',
  'when was the label released?',
  'why was my order put on hold?',
  'has my refund been approved?',
  'was my refund rejected?',
  'how do I make a page live?',
  'put the shop live',
  'go live with shopify',
  'switch to dark mode',
  'deploy the agent to all stations',
  'release order 4711',
  'launch the app',
  'set the alias of my email',
  'test the connection',
  'run the import again',
  'start a stock evaluation',
  'what is the champion order report?',
  'X-Api-Version v3 header missing',
  'which API is better, v3 or v4?',
  'v4 API or v3 API, which is faster?',
  'should I use v3 or v4 endpoints?',
  'Is there a limit in v4 for line items?',
  'how do I get a v4 token?',
  'what does v2 in the signature header mean?',
  'Tallyport-Signature-V2 invalid',
  'can we switch to v2 webhooks?',
  'can we upgrade to v4?',
  'list versions of my document',
  'which versions of Excel can be imported?',
  'what versions of Magento are supported',
  'show me all approvals in the audit log',
  'where do I see who approved an order?',
  'what is waiting in the queue?',
  'anything I need to install?',
  'is there anything open on Sundays?',
  'are there any open APIs?',
  'is anything pending for order 123?',
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
      'would you promote v3?',
      'promote v3 is what ana wrote',
      'so promote v3 was the plan',
      'evaluate v4 is still on my list',
      'we want v3 in production',
      'can we roll back?',
      'roll v3 back',
      'go back to v2',
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

  it('takes no longer over text that is made to take long', () => {
    const hostile = [
      'please '.repeat(3000),
      `${'now '.repeat(3000)}x`,
      `is v3 ${'better '.repeat(3000)}`,
      `what is ${'live now '.repeat(3000)}y`,
      `roll back ${'please '.repeat(3000)}z`,
      `who ${'the last promotion '.repeat(1500)}q`,
      `anything ${'waiting for '.repeat(2000)}`,
    ]
    const began = performance.now()
    for (const text of hostile) read(text)
    expect(performance.now() - began).toBeLessThan(2000)
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
    const search = createSearchDocs({ retrieve: async () => [] }) as unknown as AnyTool
    const tools = toModelTools([search, ...desk.tools].filter(({ peopleOnly }) => !peopleOnly))
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
