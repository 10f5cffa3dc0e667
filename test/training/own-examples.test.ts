import { describe, expect, it } from 'vitest'
import { createPeople } from '../../src/approvals/people.ts'
import { giveFeedback } from '../../src/conversation/give-feedback.ts'
import { silentLog } from '../../src/core/log.ts'
import { toPlainReply } from '../../src/core/reply.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { readApprovedAnswers } from '../../src/training/own-examples.ts'
import { action, message } from '../conversation/setup.ts'

async function world() {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const answered = async (text: string, answer: string, more: { generated?: boolean; refused?: boolean } = {}) => {
    const turn = message(text)
    await store.inbox.accept(turn)
    await store.inbox.begin(turn.id)
    await store.outbox.open(turn.id, turn.channel, turn.address)
    await store.outbox.ready(turn.id, toPlainReply(turn.id, answer, { generated: true, ...more }), [])
    await store.outbox.close(turn.id, 'sent')
    return turn.id
  }
  const rate = (turn: string, rating: 'up' | 'down', id = 'ann') =>
    giveFeedback(action('feedback', { rating, turn }, { user: { id, tenant: 'acme' } }), {
      store,
      people: createPeople([]),
      asksReason: false,
    })
  return { store, answered, rate }
}

describe('approved answers', () => {
  it('are those with a thumb up and no thumb down, with their question and without citations', async () => {
    const { store, answered, rate } = await world()
    const good = await answered('How do I print?', 'Press **Print** [1], then wait [2].')
    const disputed = await answered('Disputed?', 'Perhaps.')
    const changed = await answered('Changed?', 'First no, then yes.')
    const refused = await answered('Unknown?', 'I do not know.', { refused: true })
    const command = await answered('Card?', 'A card.', { generated: false })
    await answered('Unrated?', 'Nobody said.')
    for (const turn of [good, disputed, refused, command]) await rate(turn, 'up')
    await rate(disputed, 'down', 'bob')
    await rate(changed, 'down')
    await rate(changed, 'up')
    const { examples, notes } = await readApprovedAnswers(store)
    expect(
      examples.map((example) => example.kind === 'chat' && example.messages.map(({ content }) => content)),
    ).toEqual(
      expect.arrayContaining([
        ['How do I print?', 'Press **Print**, then wait.'],
        ['Changed?', 'First no, then yes.'],
      ]),
    )
    expect(examples).toHaveLength(2)
    expect(notes[0]).toContain('4 answers were approved')
    expect(notes[1]).toContain('Of 2 of them')
  })
})
