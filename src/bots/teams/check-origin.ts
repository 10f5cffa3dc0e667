// Decides whether the bot talks to where an activity, already known to be genuine, comes from.
import { type Activity, tenantOf, tenantsAgree } from './activity.ts'

function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

/** Why this bot does not talk to where the activity comes from; null where it does. */
export function toRefusal(
  activity: Activity,
  tenants: ReadonlySet<string> | null,
  insecureLocal: boolean,
): string | null {
  const local = isLoopback(activity.serviceUrl)
  if (insecureLocal && !local) return 'a local run answers this machine only'
  if (!local && new URL(activity.serviceUrl).protocol !== 'https:') return 'the service is not reached over https'
  if (!tenantsAgree(activity)) return 'the activity names two tenants'
  if (tenants !== null && !tenants.has(tenantOf(activity).toLowerCase())) return 'the tenant is not allowed'
  return null
}
