// Checks the shape of answers: what leads, what is left out, how sections, halves and siblings are kept apart.
import { fileURLToPath } from 'node:url'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from 'langchain'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAnswerGuard } from '../../../src/agent/guard/create-answer-guard.ts'
import { createOfflineEmbeddings } from '../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createOfflineChatModel } from '../../../src/platform/offline/offline-chat-model.ts'
import { parsePassages } from '../../../src/platform/offline/passages.ts'

const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/lakedesk', import.meta.url))
const { model } = createOfflineChatModel({ embeddings: createOfflineEmbeddings({ cacheFolder }) })
const searchDocs = tool(async () => '', {
  name: 'search-docs',
  description: 'Searches the product documentation and returns numbered passages.',
  schema: z.object({ query: z.string() }),
})
const bound = model.bindTools?.([searchDocs])

const passage = (n: number, doc: string, title: string, heading: string, text: string) =>
  `<passage n="${n}" doc="${doc}.md" title="${title}" url="" heading="${title}${heading && ` &gt; ${heading}`}">\n${heading && `## ${heading}\n\n`}${text}\n</passage>`

/** The reply to a question after these results of searches, all of them kept to that many. */
async function reply(question: string, ...results: string[]) {
  const messages = results.flatMap((content, i) => [
    new AIMessage({ content: '', tool_calls: [{ name: 'search-docs', args: {}, id: `c${i}` }] }),
    new ToolMessage({ content, tool_call_id: `c${i}` }),
  ])
  return bound?.invoke([new HumanMessage(question), ...messages])
}

/** The answer once no further search brings anything new. */
async function answer(question: string, ...passages: string[]): Promise<string> {
  const found = passages.join('\n')
  return (await reply(question, found, found))?.text ?? ''
}

const order = (text: string, ...parts: string[]) => {
  const places = parts.map((part) => text.indexOf(part))
  expect(
    places.every((place) => place >= 0),
    `${parts.join(' / ')}\n${text}`,
  ).toBe(true)
  expect(places, text).toEqual(places.toSorted((a, b) => a - b))
}

const AZURE = 'Configure SSO with Azure AD'
const MISTAKES = passage(
  1,
  'azure',
  AZURE,
  'Common mistakes',
  '| Error | Cause |\n| --- | --- |\n| `SSO-204` | The entity ID of Azure AD differs |\n| `SSO-207` | Name ID of Azure AD is not an address |',
)
const OPENING = passage(2, 'azure', AZURE, '', `# ${AZURE}\n\nThis guide connects the product with Azure AD by SAML.`)
const ASSIGN = passage(
  3,
  'azure',
  AZURE,
  'Step 3: Assign users',
  '1. Open **Users and groups**.\n2. Press **Test connection**.',
)
const CREATE = passage(
  4,
  'azure',
  AZURE,
  'Step 1: Create the application',
  '1. Sign in to the admin center of Azure AD.\n2. Press **New application**.',
)
const OKTA = passage(
  5,
  'okta',
  'Configure SSO with Okta',
  'Step 1: Create the app',
  '1. In the Okta console press **Create App Integration**.\n2. Select **SAML 2.0**.',
)
const VALUES = passage(
  6,
  'azure',
  AZURE,
  'Step 2: Enter the values',
  '| Field | Value |\n| --- | --- |\n| Reply URL | `https://app.example/acs` |',
)
const HOW = 'How do I configure SSO with Azure AD?'

describe('a how-to answer', () => {
  it('puts the introduction first, then the steps in their order, each under its heading', async () => {
    const text = await answer(HOW, MISTAKES, OPENING, ASSIGN, CREATE)
    order(
      text,
      'This guide connects the product with Azure AD by SAML. [2]',
      '**Step 1: Create the application**\n\n1. Sign in to the admin center of Azure AD. [4]',
      '**Step 3: Assign users**\n\n1. Open **Users and groups**. [3]',
    )
  })

  it('leaves errors out, and shows them where they are asked for', async () => {
    expect(await answer(HOW, MISTAKES, OPENING, ASSIGN, CREATE)).not.toContain('SSO-204')
    expect(await answer('What does error SSO-204 of Azure AD mean?', MISTAKES, CREATE)).toContain('| `SSO-204` |')
  })

  it('leaves the page of a sibling out', async () => {
    expect(await answer(HOW, CREATE, OKTA, OPENING)).not.toContain('Okta')
    expect(await answer('How do I configure SSO with Okta?', CREATE, OKTA)).not.toContain('Azure')
  })

  it('answers with both pages where both are asked for, each under its title', async () => {
    const text = await answer('How do I configure SSO with Okta and with Azure AD?', OKTA, CREATE)
    order(text, `**${AZURE}**`, 'Sign in to the admin center', '**Configure SSO with Okta**', 'In the Okta console')
  })

  it('searches on for missing steps, and puts what it found in its place', async () => {
    const found = [MISTAKES, OPENING, ASSIGN, CREATE].join('\n')
    const call = (await reply(HOW, found))?.tool_calls?.[0]
    expect(call?.args.query).toContain('Step 2')
    const text = (await reply(HOW, found, VALUES, 'No passage was found.'))?.text ?? ''
    order(text, '**Step 1:', '**Step 2: Enter the values**', '| Reply URL |', '[6]', '**Step 3:')
  })

  it('passes the guard as it is: headings stay, without a mark', async () => {
    const passages = [MISTAKES, OPENING, ASSIGN, CREATE]
    const text = await answer(HOW, ...passages)
    const known = parsePassages(passages.join('\n')).map(({ n, doc, title, url, headings, text: own }) => ({
      ...{ n, chunk_id: `c${n}`, doc_id: doc, title, url, heading_path: headings, text: own, score: 1 },
    }))
    const guard = createAnswerGuard(() => known)
    expect(guard.write(text) + guard.end()).toBe(text)
  })

  it('parts two procedures of a page by their headings', async () => {
    const signedIn = passage(
      1,
      'pw',
      'Reset your password',
      'While signed in',
      '1. Open **Settings**.\n2. Press **Reset**.',
    )
    const forgotten = passage(
      2,
      'pw',
      'Reset your password',
      'When forgotten',
      '1. Open the sign-in page.\n2. Press **Forgot**.',
    )
    const text = await answer('How do I reset my password?', signedIn, forgotten)
    order(text, '**While signed in**', '2. Press **Reset**. [1]', '**When forgotten**', '1. Open the sign-in page. [2]')
  })
})

describe('an answer about a fact', () => {
  const tracking = (n: number) =>
    passage(
      n,
      'tokens',
      'Access tokens',
      'Create a token',
      '1. Open **Settings > Tokens**.\n2. Enter a name for the token.\n3. Choose the lifetime of the token: 30 or 730 days.\n4. Copy the token and keep it safe.\n5. Close the window.',
    )

  it('quotes the step that holds the fact, not the whole procedure', async () => {
    const text = await answer('What is the longest lifetime of an access token?', tracking(1))
    expect(text).toBe('- Choose the lifetime of the token: 30 or 730 days. [1]')
  })

  it('answers both halves of a question', async () => {
    const trial = passage(2, 'trial', 'Free trial', 'Length', 'The free trial lasts 21 days.')
    const card = passage(3, 'pay', 'Payment methods', 'Cards', 'We accept credit cards from Visa and Mastercard only.')
    const text = await answer(
      'How long is the free trial, and which credit cards do you accept for payment?',
      trial,
      card,
      tracking(1),
    )
    expect(text).toContain('The free trial lasts 21 days. [2]')
    expect(text).toContain('Visa and Mastercard only. [3]')
    expect(text).not.toContain('token')
  })

  it('keeps the version asked for', async () => {
    const old = passage(1, 'v1', 'Webhooks v1', 'Retries', 'A delivery is attempted 5 times within 1 hour.')
    const recent = passage(2, 'v2', 'Webhooks v2', 'Retries', 'A delivery is attempted 12 times within 48 hours.')
    expect(await answer('How many times is a delivery attempted with webhooks v2?', old, recent)).not.toContain('[1]')
    expect(await answer('How often do the old webhooks attempt a delivery?', old, recent)).not.toContain('[2]')
    const both = await answer('How many times is a delivery attempted with webhooks v1 and v2?', old, recent)
    expect(both).toContain('[1]')
    expect(both).toContain('[2]')
  })

  it('quotes a sentence that announces a list with its list', async () => {
    const limits = passage(
      1,
      'void',
      'Void a label',
      'Limits',
      'You can void a label within these limits:\n\n- UPS: 90 days.\n- DPD: 14 days.',
    )
    const text = await answer('until when can i void a ups label', limits)
    order(text, 'within these limits: [1]', '- UPS: 90 days. [1]')
  })
})

describe('passages that only happen to hold the words', () => {
  it('are not quoted', async () => {
    const kafka = passage(
      1,
      'kafka',
      'Apache Kafka scaler',
      'Example',
      '```yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: keda-kafka-secrets\n  namespace: default\ndata:\n  sasl: "plaintext"\n  username: "admin"\n  password: "admin"\n  tls: "enable"\n---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec:\n  triggers:\n  - type: kafka\n    metadata:\n      bootstrapServers: kafka.svc:9092\n      consumerGroup: my-group\n      topic: test-topic\n      offsetResetPolicy: latest # reset\n```',
    )
    const lag = passage(
      2,
      'kafka',
      'Apache Kafka scaler',
      'Lag',
      'The consumer lag of a partition decides how many replicas run.',
    )
    expect(await answer('How do I reset my password?', kafka, lag)).toMatch(/^The documentation does not say\./)
  })
})
