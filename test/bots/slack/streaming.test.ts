// Answers while they are written: long ones, wide tables, expiry, stop, limits and fallbacks.
import { afterEach, describe, expect, test } from 'vitest'
import type { Script, SlackRig } from './slack-rig.ts'
import { answers, createSlackRig, mention, settled, shown, speak, until, wait } from './slack-rig.ts'

let rig: SlackRig
afterEach(() => rig.close())

async function ask(
  script: Script,
  options: Parameters<typeof createSlackRig>[1] = {},
  prepare = (_rig: SlackRig) => {},
) {
  rig = await createSlackRig(script, options)
  prepare(rig)
  const event = mention(rig.slack, 'Tell me everything')
  await rig.slack.sendEvent(rig.url, event)
  await settled(rig)
  return answers(rig.slack, 'C1', String(event.ts))
}

const paragraph = (n: number) => `Paragraph ${n} ${'says something about the lake and its boats. '.repeat(6)}`.trimEnd()
const LONG = Array.from({ length: 125 }, (_, n) =>
  n % 10 === 5 ? `\`\`\`js\nconst x${n} = "<div>" && 1\n\nlet y\n\`\`\`` : paragraph(n),
).join('\n\n')

/** Text without what closing and re-opening adds. */
const squeeze = (text: string) => text.replace(/```(js)?/g, '').replace(/\s+/g, '')

describe('long answers', () => {
  test('30,000 characters come as several whole messages, nothing lost, no fence left open', async () => {
    expect(LONG.length).toBeGreaterThan(30_000)
    const parts = await ask(async (_q, emit) => speak(LONG, emit, 0, 400))
    expect(parts.length).toBeGreaterThan(2)
    expect(squeeze(parts.map(shown).join(''))).toBe(squeeze(LONG))
    for (const part of parts) {
      expect(shown(part).length).toBeLessThanOrEqual(12_000)
      expect((shown(part).match(/^```/gm) ?? []).length % 2).toBe(0)
      expect(part.streaming_state).toBe('completed')
    }
    expect(parts.filter((part) => part.blocks.some((block) => block.type === 'context_actions'))).toHaveLength(1)
  })

  test('one code block of 25,000 characters is closed and opened again at each cut', async () => {
    const code = `Before\n\n\`\`\`python\n${Array.from({ length: 900 }, (_, n) => `print("line number ${n}")`).join('\n')}\n\`\`\`\n\nAfter.`
    const parts = await ask(async (_q, emit) => speak(code, emit, 0, 500))
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) expect((shown(part).match(/^```/gm) ?? []).length % 2).toBe(0)
    expect(parts.map(shown).at(1)?.startsWith('```python\n')).toBe(true)
    expect(
      parts
        .map(shown)
        .join('\n')
        .match(/line number/g),
    ).toHaveLength(900)
  })

  test('an answer that was posted, not streamed, is split too, each text complete', async () => {
    const parts = await ask(async () => LONG)
    expect(parts.length).toBeGreaterThan(2)
    expect(squeeze(parts.map(shown).join(''))).toBe(squeeze(LONG.replaceAll('&&', '&&')))
    for (const part of parts) expect(part.text.length).toBeGreaterThan(100)
  })

  test('a table of 24 columns is shown as code, one of 4 stays a table', async () => {
    const row = (cells: number, text: string) =>
      `| ${Array.from({ length: cells }, (_, n) => `${text}${n}`).join(' | ')} |`
    const rule = (cells: number) => `|${' --- |'.repeat(cells)}`
    const text = [
      'Wide:',
      '',
      row(24, 'h'),
      rule(24),
      row(24, 'a'),
      row(24, 'b'),
      '',
      'Narrow:',
      '',
      row(4, 'h'),
      rule(4),
      row(4, 'c'),
      '',
    ].join('\n')
    const [part] = await ask(async (_q, emit) => speak(text, emit, 1, 30))
    const seen = part ? shown(part) : ''
    expect(seen).toContain('```\n| h0')
    expect(seen).toMatch(/b23 \|\n```/)
    expect(seen).toContain('\n| h0 | h1 | h2 | h3 |')
    expect(part?.edited).toBeUndefined()
  })
})

describe('what can go wrong with a stream', () => {
  test('a stream that Slack ends is replaced by the whole answer, in the same message', async () => {
    const parts = await ask(
      async (_q, emit) => {
        await speak('This is the first half of the answer. ', emit)
        await wait(250)
        emit({ kind: 'text', delta: 'And this is the second half.' })
        return 'This is the first half of the answer. And this is the second half.'
      },
      { slack: { streamLifeMs: 120 } },
    )
    expect(parts).toHaveLength(1)
    expect(parts[0]?.edited).toBe(true)
    expect(parts[0] && shown(parts[0])).toBe('This is the first half of the answer. And this is the second half.')
  })

  test('before a stream dies of age it is ended at a block border and the next goes on', async () => {
    const text = Array.from({ length: 12 }, (_, n) => `Block number ${n} of the answer.`).join('\n\n')
    const parts = await ask(async (_q, emit) => speak(text, emit, 25, 20), {
      slack: { streamLifeMs: 400 },
      bot: { pace: { rotateAfterMs: 150, rotateGraceMs: 60 } },
    })
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.every((part) => part.streaming_state === 'completed' && !part.edited)).toBe(true)
    for (const part of parts) expect(shown(part)).toMatch(/^Block number/)
    expect(squeeze(parts.map(shown).join(''))).toBe(squeeze(text))
  })

  test('a code block and a table that outlive a stream go on whole in the next', async () => {
    const code = Array.from({ length: 14 }, (_, n) => `print(${n})`).join('\n')
    const rows = Array.from({ length: 14 }, (_, n) => `| row ${n} | value |`).join('\n')
    const text = `Code:\n\n\`\`\`py\n${code}\n\`\`\`\n\n| A | B |\n| --- | --- |\n${rows}\n\nEnd.`
    const parts = await ask(async (_q, emit) => speak(text, emit, 12, 9), {
      bot: { pace: { rotateAfterMs: 100, rotateGraceMs: 20 } },
    })
    expect(parts.length).toBeGreaterThan(2)
    const seen = parts.map(shown)
    for (const part of seen) {
      expect((part.match(/^```/gm) ?? []).length % 2).toBe(0)
      if (part.includes('| row')) expect(part).toContain('| A | B |\n| --- | --- |')
      if (part.includes('print(')) expect(part).toMatch(/```py\n(print|$)/)
    }
    for (let n = 0; n < 14; n += 1) {
      expect(seen.join('\n').split(`print(${n})`)).toHaveLength(2)
      expect(seen.join('\n').split(`| row ${n} |`)).toHaveLength(2)
    }
    expect(parts.filter((part) => part.blocks.some(({ type }) => type === 'context_actions'))).toHaveLength(1)
  })

  test('Stop ends the run, and the message says so', async () => {
    rig = await createSlackRig(async (question, emit) => {
      for (let n = 0; !question.signal.aborted; n += 1) {
        emit({ kind: 'text', delta: `word${n} ` })
        await wait(5)
      }
      throw question.signal.reason
    })
    const event = mention(rig.slack, 'Endless?')
    await rig.slack.sendEvent(rig.url, event)
    await until(() => rig.slack.callsOf('chat.appendStream').length > 2)
    rig.slack.pressStop('C1', String(event.ts))
    await rig.slack.sendEvent(rig.url, {
      type: 'agent_session_stopped',
      channel: 'C1',
      user: 'UASKER',
      thread_ts: event.ts,
      streaming_message_ts: [],
    })
    await settled(rig)
    const parts = answers(rig.slack, 'C1', String(event.ts))
    expect(parts).toHaveLength(1)
    expect(parts[0] && shown(parts[0])).toMatch(/stopped/i)
  })

  test('Stop pressed by somebody who did not ask only interrupts the stream: the whole answer comes', async () => {
    const words = Array.from({ length: 60 }, (_, n) => `word${n}`).join(' ')
    rig = await createSlackRig(async (_question, emit) => speak(words, emit, 5, 8))
    const event = mention(rig.slack, 'A long one?')
    await rig.slack.sendEvent(rig.url, event)
    await until(() => rig.slack.callsOf('chat.appendStream').length > 1)
    rig.slack.pressStop('C1', String(event.ts))
    await rig.slack.sendEvent(rig.url, {
      type: 'agent_session_stopped',
      channel: 'C1',
      user: 'UOTHER',
      thread_ts: event.ts,
      streaming_message_ts: [],
    })
    await settled(rig)
    expect(rig.slack.calls.some(({ error }) => error === 'stopped_by_user')).toBe(true)
    expect(answers(rig.slack, 'C1', String(event.ts)).map(shown)).toEqual([words])
  })

  test('a reply that does not begin with what was streamed replaces it', async () => {
    const parts = await ask(async (_q, emit) => {
      await speak('A first attempt at an answer that was wrong.', emit, 2)
      await wait(30)
      return 'The corrected answer.'
    })
    expect(parts).toHaveLength(1)
    expect(parts[0] && shown(parts[0])).toBe('The corrected answer.')
  })

  test.each(['channel_type_not_supported', 'unknown_method', 'missing_scope', 'messages_tab_disabled'])(
    'where startStream is refused (%s) the answer is posted and edited',
    async (error) => {
      const text = Array.from({ length: 300 }, (_, n) => `Sentence ${n} is here.`).join(' ')
      const parts = await ask(
        async (_q, emit) => speak(text, emit, 1, 200),
        {},
        ({ slack }) => slack.fail({ method: 'chat.startStream', error }),
      )
      expect(squeeze(parts.map(shown).join(''))).toBe(squeeze(text))
      for (const part of parts) expect(part.text.length).toBeLessThanOrEqual(4_000)
      expect(rig.slack.callsOf('chat.update').length).toBeGreaterThan(0)
    },
  )

  test.each(['chat.startStream', 'chat.appendStream', 'chat.stopStream', 'chat.postMessage', 'chat.update'])(
    '429 with Retry-After on %s is waited out',
    async (method) => {
      const needsPost = method === 'chat.postMessage' || method === 'chat.update'
      const parts = await ask(
        async (_q, emit) => speak('A short answer that takes a moment to be written.', emit, 15),
        {},
        ({ slack }) => {
          if (needsPost) slack.fail({ method: 'chat.startStream', error: 'channel_type_not_supported' })
          slack.fail({ method, retryAfter: 1 })
        },
      )
      expect(parts).toHaveLength(1)
      expect(parts[0] && shown(parts[0])).toBe('A short answer that takes a moment to be written.')
      const [limited, again] = rig.slack.callsOf(method)
      expect((again?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThanOrEqual(950)
    },
  )

  test('a post whose answer is lost is found by its metadata, not sent twice', async () => {
    const parts = await ask(
      async () => 'Said once.',
      {},
      ({ slack }) => slack.fail({ method: 'chat.postMessage', drop: 'after' }),
    )
    expect(parts.map(shown)).toEqual(['Said once.'])
  })

  test('a post that never arrived is sent again', async () => {
    const parts = await ask(
      async () => 'Said once.',
      {},
      ({ slack }) => slack.fail({ method: 'chat.postMessage', drop: 'before' }),
    )
    expect(parts.map(shown)).toEqual(['Said once.'])
  })

  test.each(['chat.startStream', 'chat.appendStream', 'chat.stopStream'])(
    '%s whose answer is lost leaves one complete message',
    async (method) => {
      const text = 'An answer of some length that is streamed in pieces.'
      const parts = await ask(
        async (_q, emit) => speak(text, emit, 10, 8),
        {},
        ({ slack }) => slack.fail({ method, drop: 'after' }),
      )
      expect(parts).toHaveLength(1)
      expect(parts[0] && shown(parts[0])).toBe(text)
    },
  )

  test('blocks that Slack refuses do not lose the text', async () => {
    const parts = await ask(
      async () => 'Plain words.',
      {},
      ({ slack }) => slack.fail({ method: 'chat.postMessage', error: 'invalid_blocks' }),
    )
    expect(parts[0]?.text).toContain('Plain words.')
  })

  test('a channel that stays closed ends in CHANNEL_FAILED, which is logged with its cause', async () => {
    rig = await createSlackRig(async () => 'Nobody hears this.')
    rig.slack.world.outside.add('C1')
    await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Anybody?'))
    await until(() => rig.lines.find(({ message }) => message.startsWith('The reply could not be shown')))
    expect(JSON.stringify(rig.lines.map(({ fields }) => String((fields as { cause?: unknown })?.cause)))).toContain(
      'CHANNEL_FAILED',
    )
  })
})

test('every post has both unfurl flags off, and the status is cleared at the end', async () => {
  await ask(async (_q, emit) => {
    emit({ kind: 'status', text: 'Searching the documentation…' })
    await wait(30)
    return 'See https://example.com/page'
  })
  for (const { args } of rig.slack.callsOf('chat.postMessage'))
    expect(args).toMatchObject({ unfurl_links: false, unfurl_media: false })
  expect(
    rig.slack
      .callsOf('assistant.threads.setStatus')
      .map(({ args }) => args.status)
      .at(-1),
  ).toBe('')
  expect([...rig.slack.world.status.values()]).toEqual([''])
})

test('a status or a reaction that Slack limits holds nobody up', async () => {
  rig = await createSlackRig(
    async ({ text }, emit) => {
      emit({ kind: 'status', text: 'Searching the documentation…' })
      await wait(30)
      return speak(`Answer to ${text}.`, emit)
    },
    { bot: { allowReactions: true } },
  )
  for (const method of ['assistant.threads.setStatus', 'reactions.add', 'reactions.remove'])
    rig.slack.fail({ method, retryAfter: 60, times: 100 })
  const root = rig.slack.nextTs()
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'one', { ts: root }))
  await rig.slack.sendEvent(rig.url, mention(rig.slack, 'two', { thread_ts: root }))
  await until(() => answers(rig.slack, 'C1').length === 2, 4_000)
  await settled(rig)
  expect(rig.slack.callsOf('assistant.threads.setStatus')).toHaveLength(1)
  expect(rig.slack.callsOf('reactions.add')).toHaveLength(1)
})
