// Faults on purpose: of the playground's drawer, and single answers that a test asks for.
import type { FaultView } from '../words.ts'
import { type Json, Refused } from './refused.ts'
import { streamInfoOf } from './teams-streams.ts'

/** An answer to give instead of, or (with `delivered`) after, doing what was asked. */
export interface Fault {
  on: 'create' | 'update' | 'delete' | 'stream' | 'final' | 'any'
  status: number
  code?: string
  message?: string
  retryAfter?: number
  delivered?: boolean
  /** Times it strikes; 1 where not given. */
  times?: number
}

/** Seconds that a call which was limited on purpose is asked to wait. */
const RETRY_AFTER_S = 1

function kindsOf(method: string, activity: Json): string[] {
  const info = streamInfoOf(activity)
  return [
    method === 'PUT' ? 'update' : method === 'DELETE' ? 'delete' : 'create',
    'any',
    ...(info ? [info.streamType === 'final' ? 'final' : 'stream'] : []),
  ]
}

export function createTeamsFaults(onChange: (faults: FaultView) => void = () => {}) {
  const asked: Fault[] = []
  let drawer: FaultView = { twice: false, lateMs: 0, limited: 0, cut: 0 }

  function set(faults: Partial<FaultView>): void {
    drawer = { ...drawer, ...faults }
    onChange(drawer)
  }

  function take(method: string, activity: Json): Fault | undefined {
    const kinds = kindsOf(method, activity)
    const index = asked.findIndex(
      (fault) => kinds.includes(fault.on) && (fault.on !== 'create' || activity.type !== 'typing'),
    )
    const fault = asked[index]
    if (fault && (fault.times ?? 1) <= 1) asked.splice(index, 1)
    else if (fault) fault.times = (fault.times ?? 1) - 1
    return fault
  }

  return {
    set,
    view: (): FaultView => drawer,
    ask: (fault: Fault) => void asked.push({ ...fault }),
    /** Throws Refused where calls are limited. */
    limit(): void {
      if (drawer.limited <= 0) return
      set({ limited: drawer.limited - 1 })
      throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded! Limited on purpose.', RETRY_AFTER_S)
    },
    /** True where the running stream ends now. */
    cut(): boolean {
      if (drawer.cut <= 0) return false
      set({ cut: drawer.cut - 1 })
      return true
    },
    /** Does the work, or what was asked for instead of it. */
    around<T>(method: string, activity: Json, work: () => T): T {
      const fault = take(method, activity)
      if (!fault) return work()
      if (fault.delivered) work()
      throw new Refused(fault.status, fault.code ?? 'Injected', fault.message ?? 'injected fault', fault.retryAfter)
    },
  }
}
export type TeamsFaults = ReturnType<typeof createTeamsFaults>
