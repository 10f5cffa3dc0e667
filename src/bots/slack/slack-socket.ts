// Socket Mode: the same events over a web socket, for places that Slack cannot reach by HTTP.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, SocketModeReceiver } from '@slack/bolt'
import type { Log } from '../../core/log.ts'

const RETRY_MS = 5_000

/**
 * The SDK's client reconnects by itself, with two gaps that are closed here: a reconnect that fails on the network
 * is an unhandled rejection there, and it also comes back after Slack said that Socket Mode was switched off.
 */
export function createSocketReceiver(options: {
  appToken: string
  apiUrl: string | undefined
  logger: Logger
  log: Log
}): { receiver: SocketModeReceiver; close: () => Promise<void> } {
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    logger: options.logger,
    installerOptions: {
      clientOptions: {
        ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
        retryConfig: { retries: 3, factor: 1.3 },
        timeout: 10_000,
      },
    },
  })
  const { client } = receiver
  const connect = client.start.bind(client)
  let connected = false
  let closing = false
  client.start = async () => {
    for (;;) {
      try {
        const answer = await connect()
        connected = true
        return answer
      } catch (error) {
        if (!connected) throw error
        // The SDK reconnects on its own and hears no answer: an end that was wanted is no failure.
        if (closing) return { ok: false }
        options.log.warn('The socket to Slack did not open; trying again', { error: String(error) })
        await sleep(RETRY_MS)
      }
    }
  }
  client.on('ws_message', (data: unknown) => {
    if (!/"link_disabled"/.test(String(data))) return
    closing = true
    void client.disconnect()
    options.log.error(
      'Socket Mode was switched off for this app in Slack; it receives nothing until it is switched on',
      {},
    )
  })
  return {
    receiver,
    async close() {
      const wasClosing = closing
      closing = true
      if (connected && !wasClosing) await Promise.race([client.disconnect(), sleep(2_000)])
    },
  }
}
