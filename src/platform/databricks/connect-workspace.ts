// The one connection to a Databricks workspace that all its drivers share: address, credentials, headers, log.
import { type Log, silentLog } from '../../core/log.ts'
import { readBaseUrl } from '../mlflow/base-url.ts'
import { createMlflowHttp, type MlflowHttp, type TokenSource } from '../mlflow/mlflow-http.ts'
import { userAgent } from '../mlflow/user-agent.ts'
import { createClientToken } from './databricks-token.ts'
import { explainPrivilege } from './explain-privilege.ts'

export type DatabricksAuth =
  | { kind: 'token'; token: string }
  | { kind: 'client'; clientId: string; clientSecret: string }

export interface WorkspaceOptions {
  /** Such as `https://adb-1.2.azuredatabricks.net`. */
  host: string
  auth: DatabricksAuth
  /** Number of the workspace, where one host serves several (`?o=` in addresses of the browser). */
  workspaceId?: string
  /** Milliseconds for one call of the REST API; default 30,000. */
  timeoutMs?: number
  /** Milliseconds for all tries of one call together; default 45,000. */
  retryMs?: number
  /** Sees every answer of the REST API. */
  onAnswer?: (answer: Response) => void
  log?: Log
}

export interface Workspace {
  /** Without a slash at the end. */
  readonly address: string
  /** The REST API: paths begin behind `/api`, such as `/2.0/serving-endpoints`. */
  readonly http: MlflowHttp
  /** The whole host: paths are written in full, such as `/serving-endpoints/x/invocations`. One call may take 300 s, as endpoints answer there. */
  readonly root: MlflowHttp
  /** The running token; with the one that was just refused, a fresh one where there can be any. */
  readonly tokenOf: TokenSource
  /** What goes with every request beside the credentials. */
  readonly headers: Readonly<Record<string, string>>
}

/** Model Serving breaks a request off after 297 s. */
const INVOCATION_MS = 300_000

/** Connects at the first call. Throws CONFIG_INVALID where the host is no address. */
export function connectWorkspace(options: WorkspaceOptions): Workspace {
  const { auth, workspaceId, timeoutMs, retryMs, log = silentLog } = options
  const { address } = readBaseUrl(options.host)
  const timeout = timeoutMs ? { timeoutMs } : {}
  const headers = {
    'User-Agent': userAgent(auth.kind === 'token' ? 'auth/pat' : 'auth/oauth-m2m'),
    // SDKs differ in which of the two they send; a server reads the one it knows.
    ...(workspaceId ? { 'X-Databricks-Workspace-Id': workspaceId, 'X-Databricks-Org-Id': workspaceId } : {}),
  }
  const tokenOf: TokenSource =
    auth.kind === 'token'
      ? async () => auth.token
      : createClientToken({ host: address, headers, log, ...auth, ...timeout })
  const common = {
    ...{ baseUrl: address, token: tokenOf, platform: 'Databricks', headers, log, explainRefusal: explainPrivilege },
    ...(retryMs ? { retryMs } : {}),
    ...(options.onAnswer ? { onAnswer: options.onAnswer } : {}),
  }
  return {
    ...{ address, tokenOf, headers },
    http: createMlflowHttp({ ...common, ...timeout }),
    root: createMlflowHttp({ ...common, apiPrefix: '', timeoutMs: INVOCATION_MS }),
  }
}
