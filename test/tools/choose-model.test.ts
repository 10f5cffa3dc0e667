// One tool over several models: which one a command, a button, a stored request or a model's call means.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Button } from '../../src/core/reply.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { chooseModel, type ModelVariant } from '../../src/tools/choose-model.ts'
import { readCommandLine } from '../../src/tools/command-line.ts'
import { type AnyTool, defineTool, erase } from '../../src/tools/define-tool.ts'
import { toInputSchema } from '../../src/tools/run-tool.ts'
import { whyNotForModel } from '../../src/tools/why-not-for-model.ts'

const never = () => Promise.reject(new Error('It only runs when it was approved.'))

const BUTTONS: Button[] = [
  { action: 'again', label: 'Again', value: { version: '1' } },
  { action: 'approve', label: 'Approve', value: { approval: 'a', seal: 's' } },
]

/** Asks for a version of that model; everything it does tells the model and what it was handed. */
function toTool(model: string): AnyTool {
  return erase(
    defineTool<{ version: string; dryRun?: boolean | undefined }, string>({
      name: 'ask-for',
      description: 'Asks for a version.',
      input: z.object({ version: z.string(), dryRun: z.boolean().optional() }),
      run: never,
      toModelText: (text) => text,
      toSaying: (text) => ({ text }),
      commands: [
        {
          name: 'promote',
          usage: '<version>: asks for it',
          toInput(text) {
            const line = readCommandLine(text, {}, 'promote v3')
            if (typeof line === 'string') return line
            const [version, ...more] = line.words
            return version === undefined || more.length > 0 ? 'Write `promote v3`.' : { input: { version } }
          },
        },
      ],
      actions: { again: ({ version }) => (version ? { version } : null) },
      approval: {
        plan: async (input) => ({
          kind: 'refused',
          why: `${model} got ${JSON.stringify(input)}. Write \`promote v1\`.`,
        }),
        mayDecide: async (principal, input) => `${principal} of ${model}: ${JSON.stringify(input)}`,
        whyNotForModel: ({ version }, said) => whyNotForModel({ version, command: `promote ${version}` }, said),
        card: () => ({ text: `Asked of ${model}. Write \`promote v1\`.`, buttons: BUTTONS }),
        carryOut: async (input) => ({ state: 'done', outcome: `${model} did ${JSON.stringify(input)}` }),
        resume: async () => ({ state: 'failed', outcome: `resumed by ${model}` }),
      },
    }),
  )
}

function variant(model: string, word: string | null): ModelVariant {
  return { model, alias: 'Champion', word, tool: toTool(model) }
}

const tool = chooseModel([
  variant('a.b.docs_rag', null),
  variant('a.b.intents', 'intents'),
  variant('x.y.TOPICS', 'TOPICS'),
])
const [command] = tool.commands ?? []
const { approval } = tool
if (!command || !approval) throw new Error('It has a command and an approval.')
const context = {} as Parameters<typeof approval.plan>[1]
const run = {} as Parameters<typeof approval.carryOut>[1]
const stored = (input: unknown) => ({ input }) as ApprovalRecord

describe('a command', () => {
  it('means the first model where none is named, word for word as with one model', () => {
    expect(command.toInput('v3')).toEqual({ input: { version: 'v3' } })
    expect(chooseModel([variant('a.b.docs_rag', null)]).description).toBe('Asks for a version.')
  })

  it('means the model in front of it, by the last part of its name or all of it, whatever the case', () => {
    for (const text of ['intents v3', 'INTENTS v3', 'a.b.intents v3', 'A.b.Intents  v3']) {
      expect(command.toInput(text), text).toEqual({ input: { version: 'v3', model: 'a.b.intents' } })
    }
    expect(command.toInput('topics v3')).toEqual({ input: { version: 'v3', model: 'x.y.TOPICS' } })
    expect(command.toInput('docs_rag v3')).toEqual({ input: { version: 'v3' } })
  })

  it('is refused for a model that is none, naming those there are; its sentences mean the model it is about', () => {
    expect(command.toInput('intent v3')).toBe(
      'Write `promote v3`. If a model is meant: there is no model “intent”; there are docs_rag, intents, TOPICS.',
    )
    expect(command.toInput('intents')).toBe('intents: Write `promote intents v3`.')
  })

  it('is refused where two models end alike, until the full name is written', () => {
    const twins = chooseModel([
      variant('a.b.docs_rag', null),
      variant('a.b.intents', 'a.b.intents'),
      variant('x.y.Intents', 'x.y.Intents'),
    ])
    const [twin] = twins.commands ?? []
    expect(twin?.toInput('intents v3')).toContain('“intents” may be a.b.intents or x.y.Intents: write the full name')
    expect(twin?.toInput('x.y.intents v3')).toEqual({ input: { version: 'v3', model: 'x.y.Intents' } })
    expect(twins.input.safeParse({ version: 'v1', model: 'intents' }).success).toBe(false)
  })

  it('takes what reads as a version or as the alias for that, whatever models are called', () => {
    const odd = chooseModel([
      variant('a.b.docs_rag', null),
      variant('a.b.v3', 'v3'),
      variant('a.b.champion', 'champion'),
    ])
    const [first] = odd.commands ?? []
    expect(first?.toInput('v3')).toEqual({ input: { version: 'v3' } })
    expect(first?.toInput('champion')).toEqual({ input: { version: 'champion' } })
    expect(first?.toInput('a.b.v3 v1')).toEqual({ input: { version: 'v1', model: 'a.b.v3' } })
  })
})

describe('an input', () => {
  it('of a model has the model as a field, and is stored under its full name', () => {
    expect(toInputSchema(tool)).toMatchObject({ properties: { model: { type: 'string' } }, required: ['version'] })
    expect(tool.description).toContain('docs_rag, intents, TOPICS; without a model it is about docs_rag')
    expect(tool.input.parse({ version: 'v1', model: 'INTENTS' })).toEqual({ version: 'v1', model: 'a.b.intents' })
    expect(tool.input.parse({ version: 'v1' })).toEqual({ version: 'v1' })
    const wrong = tool.input.safeParse({ version: 'v1', model: 'other' })
    expect(wrong.error?.issues[0]?.message).toBe('there is no model “other”; there are docs_rag, intents, TOPICS')
  })

  it('of a button carries the model of its card', () => {
    expect(tool.actions?.again?.({ version: '1', model: 'a.b.intents' })).toEqual({
      version: '1',
      model: 'a.b.intents',
    })
    expect(tool.actions?.again?.({ version: '1' })).toEqual({ version: '1' })
    expect(tool.actions?.again?.({ model: 'a.b.intents' })).toBeNull()
  })
})

describe('one model alone', () => {
  const alone = chooseModel([variant('a.b.docs_rag', null)])
  it('is meant where none is named and where it is named itself', () => {
    expect(alone.commands?.[0]?.usage).toBe('<version>: asks for it')
    expect(alone.commands?.[0]?.toInput('v3')).toEqual({ input: { version: 'v3' } })
    expect(alone.input.parse({ version: 'v3' })).toEqual({ version: 'v3' })
    expect(alone.input.parse({ version: 'v3', model: 'Docs_RAG' })).toEqual({ version: 'v3', model: 'a.b.docs_rag' })
  })

  it('is taken for no other model: neither by the button of its card nor by a stored request', async () => {
    const pressed = alone.actions?.again?.({ version: '3', model: 'a.b.intents' })
    expect(pressed).toEqual({ version: '3', model: 'a.b.intents' })
    const read = alone.input.safeParse(pressed)
    expect(read.error?.issues[0]?.message).toBe('there is no model “a.b.intents”; there is only docs_rag')
    expect(await alone.approval?.mayDecide('ana', pressed)).toContain('does not name the model of this request')
    await expect(alone.approval?.plan(pressed, context)).rejects.toThrow('There is no model a.b.intents here.')
    expect(alone.commands?.[0]?.toInput('intents v3')).toBe('Write `promote v3`.')
  })
})

describe('a request', () => {
  it('goes to the model that is stored with it, without the name; one of before to the first', async () => {
    const plan = async (input: unknown) => {
      const planned = await approval.plan(input, context)
      return planned.kind === 'refused' ? planned.why : planned.kind
    }
    expect(await plan({ version: 'v1' })).toBe('a.b.docs_rag got {"version":"v1"}. Write `promote v1`.')
    expect(await plan({ version: 'v1', model: 'a.b.intents' })).toBe(
      'a.b.intents got {"version":"v1"}. Write `promote intents v1`.',
    )
    const signal = new AbortController().signal
    const ended = await approval.carryOut({ version: 'v1', model: 'x.y.TOPICS' }, run, signal)
    expect(ended.outcome).toBe('x.y.TOPICS did {"version":"v1"}')
    expect(await approval.mayDecide('ana', { version: 'v1', model: 'a.b.intents' })).toBe(
      'ana of a.b.intents: {"version":"v1"}',
    )
  })

  it('shows a card whose footer and buttons name the model, where it is not the first', () => {
    expect(approval.card(stored({ version: 'v1' }))).toMatchObject({
      text: 'Asked of a.b.docs_rag. Write `promote v1`.',
      buttons: [{ value: { version: '1' } }, { value: { approval: 'a', seal: 's' } }],
    })
    expect(approval.card(stored({ version: 'v1', model: 'a.b.intents' }))).toMatchObject({
      text: 'Asked of a.b.intents. Write `promote intents v1`.',
      footer: 'Model a.b.intents',
      buttons: [{ value: { version: '1', model: 'a.b.intents' } }, { value: { approval: 'a', seal: 's' } }],
    })
  })

  it('of a model that the policy names no more is decided by nobody, ends by its journal, and offers no other model', async () => {
    const gone = { version: 'v1', model: 'a.b.gone' }
    expect(tool.input.safeParse(gone).success).toBe(false)
    expect(await approval.mayDecide('ana', gone)).toContain('does not name the model of this request any more')
    const buttons = approval.card(stored(gone)).buttons?.map(({ action }) => action)
    expect(buttons).toEqual(['approve'])
    const ended = await approval.resume?.({ ...run, approval: stored(gone) }, new AbortController().signal)
    expect(ended?.outcome).toContain('resumed by')
    await expect(approval.plan(gone, context)).rejects.toThrow('There is no model a.b.gone here.')
  })
})

describe('a call by a model in the name of a person', () => {
  const why = (input: object, said: string) => approval.whyNotForModel?.(input, said) ?? null
  it('needs the person to have named version and model', () => {
    expect(why({ version: 'v3' }, 'promote v3 please')).toBeNull()
    expect(why({ version: 'v3', model: 'a.b.intents' }, 'promote v3 of Intents')).toBeNull()
    expect(why({ version: 'v3', model: 'a.b.intents' }, 'promote v3 please')).toContain('You did not name a.b.intents')
    expect(why({ version: 'v3' }, 'promote intents v3')).toContain('You did not name a.b.docs_rag')
    expect(why({ version: 'v3' }, 'promote the docs-rag v3')).toBeNull()
    expect(why({ version: 'v4', model: 'a.b.intents' }, 'promote v3 of intents')).toContain('the version')
  })
})
