// A proxy between a Teams-like client and a bot: it keeps what the client sent, and can put a card of its own into the chat.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const activitySchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  text: z.string().optional(),
  value: z.unknown().optional(),
  serviceUrl: z.string(),
  recipient: z.looseObject({ id: z.string() }),
  conversation: z.looseObject({ id: z.string(), conversationType: z.string().optional() }),
})

export type SentActivity = z.infer<typeof activitySchema>

export interface RecordedActivity {
  sent: SentActivity
  /** HTTP status that the bot answered with. */
  status: number
}

/** Verb of the card that is the recorder's own; its presses are answered here. */
const OWN_VERB = 'recorded'

const OWN_CARD = {
  type: 'AdaptiveCard',
  version: '1.5',
  body: [
    { type: 'TextBlock', text: 'A card with Action.Execute' },
    { type: 'Input.Text', id: 'note', value: 'hi' },
  ],
  actions: [{ type: 'Action.Execute', title: 'Press me', verb: OWN_VERB, data: { n: 1 } }],
}

const OWN_ANSWER = { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: 'Recorded.' }

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** `botUrl`: origin of the bot. */
export async function recordActivities(botUrl: string) {
  const recorded: RecordedActivity[] = []
  const pass = async (req: IncomingMessage, body: Buffer) => {
    const { authorization } = req.headers
    const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) }
    const given = body.byteLength > 0 ? { body: body.toString() } : {}
    const answer = await fetch(`${botUrl}${req.url}`, { method: req.method ?? 'POST', headers, ...given })
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
  }
  const answer = async (req: IncomingMessage): Promise<{ status: number; body: Buffer }> => {
    const body = await readBody(req)
    // The client looks first whether anybody is there.
    if (body.byteLength === 0) return pass(req, body)
    const sent = activitySchema.parse(JSON.parse(body.toString()))
    const isOwn = JSON.stringify(sent.value ?? '').includes(`"verb":"${OWN_VERB}"`)
    const given = isOwn ? { status: 200, body: Buffer.from(JSON.stringify(OWN_ANSWER)) } : await pass(req, body)
    recorded.push({ sent, status: given.status })
    return given
  }
  const server = createServer((req, res) => {
    answer(req).then(
      ({ status, body }) => res.writeHead(status, { 'content-type': 'application/json' }).end(body),
      (error: unknown) => res.writeHead(502).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`,
    recorded: (): readonly RecordedActivity[] => recorded,
    /** Posts the recorder's own card where this activity came from. */
    async postCard({ serviceUrl, conversation, recipient }: SentActivity): Promise<void> {
      const content = { contentType: 'application/vnd.microsoft.card.adaptive', content: OWN_CARD }
      const answer = await fetch(`${serviceUrl}/v3/conversations/${conversation.id}/activities`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'message', from: recipient, conversation, attachments: [content] }),
      })
      if (!answer.ok) throw new Error(`the client took no card: ${answer.status} ${await answer.text()}`)
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
