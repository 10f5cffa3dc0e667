// Socket Mode of the Slack stand-in: connections, envelopes and their acknowledgements.
import type { Server } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'

export interface SlackSockets {
  /** Sends an envelope over one socket (the last, unless `index` says which); resolves with the acknowledgement. */
  send(type: string, payload: Record<string, unknown>, index?: number): Promise<Record<string, unknown>>
  /** Sends a frame that is no envelope, such as `{type: 'disconnect'}`. */
  sendFrame(frame: Record<string, unknown>): void
  count(): number
  close(): void
}

const ackSchema = z.looseObject({ envelope_id: z.string() })

export function createSlackSockets(server: Server, nextId: () => string): SlackSockets {
  const sockets: WebSocket[] = []
  const waiting = new Map<string, (ack: Record<string, unknown>) => void>()
  const hub = new WebSocketServer({ noServer: true })

  function takeAck(text: string): void {
    const frame = ackSchema.safeParse(JSON.parse(text))
    if (!frame.success) return
    waiting.get(frame.data.envelope_id)?.(frame.data)
    waiting.delete(frame.data.envelope_id)
  }

  server.on('upgrade', (req, socket, head) => {
    hub.handleUpgrade(req, socket, head, (ws) => {
      sockets.push(ws)
      ws.on('close', () => sockets.splice(sockets.indexOf(ws), 1))
      ws.on('message', (data) => takeAck(String(data)))
      ws.send(JSON.stringify({ type: 'hello', num_connections: sockets.length }))
    })
  })

  return {
    send(type, payload, index = sockets.length - 1) {
      const id = `envelope-${nextId()}`
      const frame = { envelope_id: id, type, accepts_response_payload: type !== 'events_api', payload }
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        sockets[index]?.send(JSON.stringify(frame))
      })
    },
    sendFrame: (frame) => {
      for (const socket of sockets) socket.send(JSON.stringify(frame))
    },
    count: () => sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length,
    close: () => {
      for (const socket of hub.clients) socket.terminate()
    },
  }
}
