// The door of a running server for commands on the same machine: a socket in the data folder, for whoever may read that.
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { isAnswered } from '../bots/console/console-bot.ts'
import type { ConsoleScreen } from '../bots/console/console-channel.ts'
import { type ConsoleDoor, createConsoleDoor } from '../bots/console/console-door.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Answering } from './build-answering.ts'
import { keepFilesIn } from './file-keeping.ts'
import type { Terminal } from './ingest.ts'

const DOOR_FILE = 'commands.sock'
/** Operating systems cut longer names of sockets. */
const MAX_PATH = 100

const requestSchema = z.object({
  name: z.string().min(1),
  text: z.string(),
  user: z.string().min(1),
  color: z.boolean(),
  width: z.number().optional(),
})
export type DoorRequest = z.infer<typeof requestSchema>

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('write'), text: z.string() }),
  z.object({ kind: z.literal('status'), text: z.string() }),
  z.object({ kind: z.literal('end'), ok: z.boolean(), error: z.string().optional() }),
])
type DoorMessage = z.infer<typeof messageSchema>

/** Null where there can be no door: Windows has none, and neither has a data folder with a very long name. */
export function doorPath(data: string): string | null {
  const path = join(resolve(data), DOOR_FILE)
  return process.platform === 'win32' || Buffer.byteLength(path) > MAX_PATH ? null : path
}

async function serveVisitor(socket: Socket, line: string, door: ConsoleDoor, answering: Answering): Promise<void> {
  const send = (message: DoorMessage): void => void (socket.writable && socket.write(`${JSON.stringify(message)}\n`))
  const request = requestSchema.parse(JSON.parse(line))
  const screen: ConsoleScreen = {
    write: (text) => send({ kind: 'write', text }),
    status: (text) => send({ kind: 'status', text }),
    style: { color: request.color, ...(request.width ? { width: request.width } : {}) },
  }
  const { bot, close } = door.open(screen, request.user)
  try {
    const reply = await bot.run(request.name, request.text)
    const ended = await answering.settle(reply.turn)
    // The card belongs to where it was asked, so whoever decided from here is told the end in a line.
    for (const { outcome } of ended) screen.write(outcome === null ? '' : `${outcome}\n`)
    send({ kind: 'end', ok: isAnswered(reply) && ended.every(({ state }) => state === 'done' || state === 'rejected') })
  } catch (error) {
    send({ kind: 'end', ok: false, error: toLakedeskError(error).userMessage })
  } finally {
    close()
    socket.end()
  }
}

/** Opens the door; only the user of the server may use it. The store's lock is held, so a file that is there is a dead one's. */
export async function openLocalDoor(
  settings: Settings,
  answering: Answering,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  const path = doorPath(settings.data)
  if (path === null) return { async close() {} }
  rmSync(path, { force: true })
  const door = createConsoleDoor(answering.conversation, keepFilesIn(settings))
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', (error) => log.debug('A command went away', { cause: error }))
    socket.on('close', () => sockets.delete(socket))
    createInterface({ input: socket }).once('line', (line) => {
      serveVisitor(socket, line, door, answering).catch((error: unknown) => {
        log.warn('A command could not be read', { cause: error })
        socket.destroy()
      })
    })
  })
  await new Promise<void>((ready, reject) => server.once('error', reject).listen(path, ready))
  chmodSync(path, 0o600)
  return {
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      rmSync(path, { force: true })
    },
  }
}

/** Has the running server carry out a command; null where there is no door to it. */
export async function runThroughDoor(
  data: string,
  request: Omit<DoorRequest, 'color' | 'width'>,
  screen: ConsoleScreen,
  terminal: Terminal,
): Promise<boolean | null> {
  const path = doorPath(data)
  if (path === null || !existsSync(path)) return null
  const socket = createConnection(path)
  const connected = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false))
  })
  if (!connected) return null
  socket.write(`${JSON.stringify({ ...request, ...screen.style })}\n`)
  for await (const line of createInterface({ input: socket })) {
    const message = messageSchema.parse(JSON.parse(line))
    if (message.kind === 'write') screen.write(message.text)
    else if (message.kind === 'status') screen.status(message.text)
    else {
      screen.status('')
      if (message.error) terminal.stderr.write(`lakedesk: ${message.error}\n`)
      return message.ok
    }
  }
  throw new LakedeskError(
    'SERVER_STOPPED',
    'The server stopped while the command ran. What it had begun goes on at its next start: look with lakedesk promotions.',
  )
}
