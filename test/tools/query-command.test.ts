// What stands behind the command query: a statement, a question over the tables, or a sentence for the documentation.
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { DEFAULT_TICKET_PLAN } from '../../src/tickets/ticket-plan.ts'
import { createQueryTickets } from '../../src/tools/query-tickets.ts'
import { createRunQuery } from '../../src/tools/run-query.ts'

describe('behind query', () => {
  // A command is read before anything is asked of the tables.
  const never = () => Promise.reject(new Error('The tables were asked.'))
  const plan = { ...DEFAULT_TICKET_PLAN, queryTables: ['product_reviews'] }
  const sql = { read: never, run: never, listTables: never, explain: never, load: never, learns: false } as never
  const tool = createQueryTickets({
    ...{ sql, plan, writeSql: never },
    runQuery: createRunQuery({ sql, plan, tables: [], log: silentLog }),
  })
  const read = (text: string) => tool.commands?.[0]?.toInput(text)

  it.each([
    'SELECT 1',
    'how many?',
    'how many tickets need support?',
    'how many billing tickets yesterday',
    'top 5 products',
    'which error code is most frequent',
    'how many came in yesterday?',
    'how many account access ones',
    'how many product reviews are there',
  ])('is for the tables: %s', (question) => {
    expect(read(question)).toEqual({ input: { question } })
  })

  it.each([
    'how many requests per minute does the API allow',
    'which parameters does the API take?',
    'parameters of the API',
    'list of supported carriers',
    'what is a pick list',
  ])('is for the documentation: %s', (text) => {
    expect(read(text)).toContain('Write a question about the tickets')
  })
})
