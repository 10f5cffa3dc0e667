// Names the people of a thread as they call themselves, where several wrote in it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ThreadMessage } from '../../core/channel.ts'
import type { Log } from '../../core/log.ts'
import type { WorkspaceMembers } from './workspace-members.ts'

/** A user id in place of a name. */
const ID = /^[UW][A-Z0-9]+$/
/** People whose name is looked up, those who wrote first; and how long all of them may take. */
const MOST_NAMED = 30
const WAIT_MS = 3_000

/**
 * Ids become names; where Slack does not say in time, `person 1`, `person 2` in the order of their first messages. Nobody is
 * looked up where one person alone wrote: the id is then left out. Never rejects.
 */
export async function namePeople(
  messages: readonly ThreadMessage[],
  team: string,
  { members, log }: { members: WorkspaceMembers; log: Log },
): Promise<ThreadMessage[]> {
  const people = [...new Set(messages.flatMap(({ name }) => (name === undefined ? [] : [name])))]
  const ids = people.filter((name) => ID.test(name))
  const names = people.length > 1 ? await lookUp(ids, team, { members, log }) : new Map<string, string>()
  return messages.map(({ name, ...message }) => {
    if (name === undefined || !ID.test(name)) return name === undefined ? message : { ...message, name }
    if (people.length === 1) return message
    return { ...message, name: names.get(name) ?? `person ${ids.indexOf(name) + 1}` }
  })
}

async function lookUp(
  ids: readonly string[],
  tenant: string,
  { members, log }: { members: WorkspaceMembers; log: Log },
): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  const limit = new AbortController()
  const asked = ids.slice(0, MOST_NAMED).map(async (id) => {
    try {
      const name = await members.nameOf({ id, tenant })
      if (name !== null) names.set(id, name)
    } catch (error) {
      log.debug('Slack did not say how somebody is called', { cause: error })
    }
  })
  await Promise.race([
    Promise.all(asked),
    sleep(WAIT_MS, undefined, { ref: false, signal: limit.signal }).catch(() => undefined),
  ])
  limit.abort()
  // What comes later must not change what is being read.
  return new Map(names)
}
