// Hands the workspace of the settings to its drivers: address, credentials revealed at the last moment, and the log.
import type { WorkspaceSettings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import {
  connectWorkspace,
  type DatabricksAuth,
  type Workspace,
  type WorkspaceOptions,
} from '../platform/databricks/connect-workspace.ts'

/** Credentials of the workspace, as its drivers take them. */
export function databricksAuth({ auth }: WorkspaceSettings): DatabricksAuth {
  return auth.kind === 'token'
    ? { kind: 'token', token: auth.token.reveal() }
    : { kind: 'client', clientId: auth.clientId, clientSecret: auth.clientSecret.reveal() }
}

/** What every driver of the workspace is opened with. */
export function workspaceOptions(settings: WorkspaceSettings, log: Log): WorkspaceOptions {
  const { host, workspaceId } = settings
  return { host, auth: databricksAuth(settings), log, ...(workspaceId ? { workspaceId } : {}) }
}

const open = new WeakMap<WorkspaceSettings, Workspace>()

/** One connection for all drivers of the same settings that take it, so that they share one token. It logs where its first user does. */
export function openWorkspace(settings: WorkspaceSettings, log: Log): Workspace {
  const known = open.get(settings) ?? connectWorkspace(workspaceOptions(settings, log))
  open.set(settings, known)
  return known
}
