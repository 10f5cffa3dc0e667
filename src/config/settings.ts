// The checked settings of the process, grouped by the part that gets them.
import type { Secret } from './secret.ts'

/** Name of the chat model where none is set and a workspace is chosen: it is found among those that the workspace lists. */
export const FOUND_MODEL = 'auto'

export interface ModelSettings {
  /** `offline`, the name that the endpoint knows, or FOUND_MODEL until the workspace was asked. */
  readonly name: string
  /** Without a slash at the end; set unless the name is `offline`, and always with a workspace. */
  readonly baseUrl: string | undefined
  readonly apiKey: Secret | undefined
  /** Set where the models are those of the workspace, whose credentials then stand for the key. */
  readonly workspace: WorkspaceSettings | undefined
  readonly timeoutMs: number
  /** Undefined: that of the RAG chain; `none`: leave it out of the request. */
  readonly temperature: number | 'none' | undefined
}

export interface EmbeddingsSettings {
  readonly name: string
  readonly baseUrl: string | undefined
  readonly apiKey: Secret | undefined
  /** As of the chat model. */
  readonly workspace: WorkspaceSettings | undefined
  /** Undefined: the endpoint is asked. Never set for `offline`. */
  readonly dimension: number | undefined
}

export interface SlackSettings {
  readonly botToken: Secret
  /** Events arrive over HTTP, signed, or over a socket that Lakedesk opens. */
  readonly receive:
    | { readonly mode: 'http'; readonly signingSecret: Secret }
    | { readonly mode: 'socket'; readonly appToken: Secret }
  /** With a slash at the end, as Slack's client wants it. */
  readonly apiUrl: string
  readonly allowReactions: boolean
}

export interface TeamsSettings {
  /** Undefined only with `insecureLocal`. */
  readonly appId: string | undefined
  readonly appPassword: Secret | undefined
  readonly appType: 'SingleTenant' | 'MultiTenant'
  readonly tenantId: string | undefined
  /** OpenID metadata of the keys that sign activities; undefined: Microsoft's public cloud. */
  readonly openIdMetadataUrl: string | undefined
  /** Where the bot gets its tokens, without the tenant; undefined: Microsoft's public cloud. */
  readonly loginUrl: string | undefined
  /** Empty: the bot's own tenant alone. */
  readonly allowedTenants: readonly string[]
  readonly insecureLocal: boolean
}

/** Where registry, runs and serving live. */
export type PlatformSettings =
  | { readonly kind: 'local' }
  | { readonly kind: 'mlflow'; readonly trackingUri: string; readonly token: Secret | undefined }
  | {
      readonly kind: 'databricks'
      /** Without a slash at the end. */
      readonly host: string
      /** Number of the workspace where one host serves several; undefined: the host serves one. */
      readonly workspaceId: string | undefined
      readonly auth:
        | { readonly kind: 'token'; readonly token: Secret }
        | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: Secret }
    }

/** The workspace, where one is chosen. */
export type WorkspaceSettings = Extract<PlatformSettings, { kind: 'databricks' }>

export interface EvaluationSettings {
  /** `offline`, or a model that the endpoint of LAKEDESK_MODEL_BASE_URL knows. */
  readonly judge: string
  /** USD per million tokens; undefined where not known. */
  readonly price: { readonly input: number; readonly output: number } | undefined
}

export interface SqlSettings {
  /** Path of the file that describes the tickets; undefined: the built-in plan. */
  readonly tickets: string | undefined
  /** Who answers AI functions of the embedded tables: `offline`, or a model of LAKEDESK_MODEL_BASE_URL. */
  readonly model: string
  /** Calls of AI functions at the same time. */
  readonly concurrency: number
  /** Calls per minute at most; null: no limit of our own. */
  readonly perMinute: number | null
  /** Undefined: the embedded tables. */
  readonly warehouse: { readonly id: string; readonly catalog?: string; readonly schema?: string } | undefined
}

/** Where documentation is kept and looked up. */
export type IndexSettings =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'databricks'
      /** Full name of the index: catalog.schema.index. */
      readonly name: string
      readonly endpoint: string
      /** Table of the chunks that the index follows; undefined: that of the index itself, where it exists already. */
      readonly table: string | undefined
      /** Table of whole documents that the chunking job reads; undefined: there is no such job. */
      readonly documents: string | undefined
    }

export interface TrainingSettings {
  /** `local` trains the ticket classifier on this machine; the others are Databricks' three ways. */
  readonly driver: 'local' | 'fine-tuning' | 'ai-runtime' | 'composer'
  /** Registered model of the ticket classifier. */
  readonly classifier: string
}

export interface Settings {
  /** As written, perhaps relative to the working directory; so are `docs`. */
  readonly data: string
  readonly docs: readonly string[]
  readonly sync: 'TRIGGERED' | 'CONTINUOUS'
  readonly chunking: 'structure' | 'window'
  readonly model: ModelSettings
  readonly embeddings: EmbeddingsSettings
  readonly platform: PlatformSettings
  /** Path of the promotion policy; undefined: the built-in one, by which nobody may approve. */
  readonly policy: string | undefined
  readonly evaluation: EvaluationSettings
  readonly sql: SqlSettings
  readonly index: IndexSettings
  readonly training: TrainingSettings
  /** Folder of a Unity Catalog volume for programs and data of jobs, such as `/Volumes/ml_catalog/rag_data/code`. */
  readonly volume: string | undefined
  /** Bearer token of callers of /invocations. */
  readonly invocationsToken: Secret | undefined
  readonly host: string
  readonly port: number
  readonly concurrency: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Null where the face is not configured. */
  readonly slack: SlackSettings | null
  readonly teams: TeamsSettings | null
}
