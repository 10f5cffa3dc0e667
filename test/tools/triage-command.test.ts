// What stands behind the command triage: a text, the thread, an id, or a sentence that is no ticket at all.
import { describe, expect, it } from 'vitest'
import { DEFAULT_TICKET_PLAN } from '../../src/tickets/ticket-plan.ts'
import { createClassifyTicket } from '../../src/tools/classify-ticket.ts'

describe('behind triage', () => {
  // A command is read before anything is asked of the desk.
  const never = () => Promise.reject(new Error('The desk was asked.'))
  const desk = { plan: DEFAULT_TICKET_PLAN, triage: never, find: never }
  const read = (text: string) => {
    const [command] = createClassifyTicket({ desk }).commands ?? []
    return command?.toInput(text)
  }

  it.each([
    ['I was charged twice', { text: 'I was charged twice' }],
    ['this: I was charged twice', { text: 'I was charged twice' }],
    ['ticket closed', { text: 'ticket closed' }],
    ['ticket T-10001', { ticketId: 'T-10001' }],
    ['#T-10001', { ticketId: 'T-10001' }],
    ['ticket #4711 please', { ticketId: '4711' }],
    ['', {}],
    ['this thread please', {}],
    ['this thread', {}],
    ['this', {}],
    ['the following ticket', {}],
    ['This ticket, please!', {}],
    ['"Workflow: how do I set it up?"', { text: 'Workflow: how do I set it up?' }],
    ['Tickets cannot be printed since yesterday', { text: 'Tickets cannot be printed since yesterday' }],
    ['All tickets are gone from my inbox', { text: 'All tickets are gone from my inbox' }],
    ['My tickets of the concert never arrived', { text: 'My tickets of the concert never arrived' }],
    ['Status page is down', { text: 'Status page is down' }],
    ['How do I get my invoice?', { text: 'How do I get my invoice?' }],
  ])('%s', (text, input) => {
    expect(read(text)).toEqual({ input })
  })

  it.each([
    ["yesterday's tickets", 'tickets yesterday'],
    ['all tickets', 'tickets yesterday'],
    ['the tickets of last week', 'tickets yesterday'],
    ['our new tickets, please', 'tickets yesterday'],
    ['workflow: how do I set it up?', 'in quotes'],
    ['rules?', 'in quotes'],
  ])('is no ticket: %s', (text, hint) => {
    expect(read(text)).toContain(hint)
  })
})
