// Which served entity answers a record: the one asked for, or one by the shares of the traffic.
import { createHash } from 'node:crypto'
import type { EndpointConfig, ServedEntity } from '../../ports/serving.ts'

/**
 * A record with a `thread` always meets the same entity while the routes stand, so that a conversation is not torn
 * between two versions; and a share that grows keeps the threads it had.
 */
export function pickEntity(config: EndpointConfig, record: Readonly<Record<string, unknown>>): ServedEntity | null {
  const { thread } = record
  const seeded = typeof thread === 'string' && thread !== ''
  const point = seeded
    ? (createHash('sha256').update(thread).digest().readUInt32BE(0) / 2 ** 32) * 100
    : Math.random() * 100
  let upTo = 0
  for (const route of config.routes) {
    upTo += route.percentage
    if (point < upTo) return config.entities.find(({ name }) => name === route.entity) ?? null
  }
  return null
}
