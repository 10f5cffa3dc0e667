// Triage of a long thread through the front door: the complaint that began it counts, and the card says what was left out.
import { afterEach, expect, it } from 'vitest'
import { action, command, message } from '../conversation/setup.ts'
import { ana, openTicketRoom, type TicketRoom } from './ticket-room.ts'

let room: TicketRoom
afterEach(() => room.close())

const at = '2026-01-01T00:00:00.000Z'
const COMPLAINT = 'I was charged twice for March, error PAY-402.'

async function openThread(replies: number, first = COMPLAINT): Promise<TicketRoom> {
  const thread = [first, ...Array.from({ length: replies }, (_, i) => `Thanks, still waiting (${i + 1}).`)]
  return openTicketRoom({ history: thread.map((text) => ({ role: 'user', text, at })) })
}

async function triaged(form: { kind: string; value?: Record<string, string> } | undefined) {
  const triage = await room.world.desk.find(form?.value?.triage ?? '')
  if (!triage) throw new Error('nothing was triaged')
  return triage
}

const formOf = (blocks: readonly { kind: string }[]) =>
  blocks.find(({ kind }) => kind === 'form') as { kind: string; value: Record<string, string> } | undefined

it('reads a thread of 30 messages from its beginning on', async () => {
  room = await openThread(29)
  const reply = await room.say(message('triage', { user: ana }))
  const { text } = await triaged(formOf(reply.blocks))
  expect(text.startsWith(`${COMPLAINT}\n\nThanks, still waiting (1).`)).toBe(true)
  expect(text).toContain('(29)')
  expect(reply.text).toContain('**billing**')
  expect(reply.text).not.toContain('too long')
})

it('says on the card how many messages of 250 it did not read, also once it was corrected', async () => {
  room = await openThread(249)
  const turn = command('triage', '', { user: ana })
  const reply = await room.say(turn)
  const told = 'The thread is too long to be read whole. Left out: 50 messages behind the first one.'
  expect(reply.text).toContain(told)
  const form = formOf(reply.blocks)
  const triage = await triaged(form)
  expect(triage.text.startsWith(COMPLAINT)).toBe(true)
  expect(triage.text).not.toContain('left out')
  await room.say(action('correct-ticket', { ...form?.value, input_category: 'other' }, { user: ana }))
  await expect.poll(() => room.cardOf(turn.id)?.text).toMatch(/Category corrected/)
  expect(room.cardOf(turn.id)?.text).toContain(told)
})

it('keeps the beginning of a first message that is too long, without a word of ours in the ticket', async () => {
  room = await openThread(2, `${COMPLAINT} ${'And so on. '.repeat(12_000)}`)
  const reply = await room.say(command('triage', '', { user: ana }))
  expect(reply.text).toMatch(
    /Left out: the last 32,\d{3} characters of the first message and 2 messages behind the first one\./,
  )
  expect((await triaged(formOf(reply.blocks))).text.startsWith(COMPLAINT)).toBe(true)
})
