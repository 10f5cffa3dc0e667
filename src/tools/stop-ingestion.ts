// The tool that stops a running ingestion: its job is cancelled, and what was merged stays.
import { z } from 'zod'
import { tellActor } from '../approvals/approval-words.ts'
import type { IngestionDesk } from '../rag/ingestion.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({})

export function createStopIngestion({ desk }: { desk: IngestionDesk }): Tool<z.infer<typeof inputSchema>, string> {
  return defineTool<z.infer<typeof inputSchema>, string>({
    name: 'stop-ingestion',
    description:
      'Stops the ingestion of documentation that runs now. What was written stays, and ingesting again goes on.',
    input: inputSchema,
    async run(_, { actor, user }) {
      const who = actor ? tellActor(actor) : (user.name ?? 'somebody')
      const stopped = await desk.stop(`It was stopped by ${who}. What was written stays; ingest again to go on.`)
      return stopped === 0 ? 'No ingestion runs now.' : 'The ingestion stops; its card shows when it has ended.'
    },
    toModelText: (said) => said,
    toSaying: (said) => ({ text: said }),
    commands: [
      {
        name: 'stop-ingest',
        usage: 'stops the ingestion that runs now',
        toInput: (text) => (text.trim() === '' ? { input: {} } : 'Write `stop-ingest` alone.'),
      },
    ],
    actions: { 'stop-ingest': () => ({}) },
  })
}
