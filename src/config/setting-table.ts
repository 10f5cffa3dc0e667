// Every setting: its name, its default, what it is for, and whether it is a secret.

export interface Setting {
  name: string
  /** As somebody would write it; empty where there is none. */
  default: string
  /** One sentence for docs/configuration.md. */
  purpose: string
  secret: boolean
}

function setting(name: string, fallback: string, purpose: string): Setting {
  return { name, default: fallback, purpose, secret: false }
}

function secret(name: string, purpose: string): Setting {
  return { name, default: '', purpose, secret: true }
}

export const SETTINGS: readonly Setting[] = [
  setting('LAKEDESK_DATA', '.lakedesk', 'Folder of the store and the index; one process at a time may use it.'),
  setting('LAKEDESK_DOCS', '', 'Files and folders to sync into the index, separated like PATH (`:`; on Windows `;`).'),
  setting('LAKEDESK_SYNC', 'TRIGGERED', '`TRIGGERED` syncs on command, `CONTINUOUS` follows changes of the files.'),
  setting(
    'LAKEDESK_CHUNKING',
    'structure',
    '`structure` cuts at headings, `window` in overlapping windows of 512 characters.',
  ),
  setting('LAKEDESK_MODEL', 'offline', 'Name of the chat model; `offline` quotes the documentation and needs nothing.'),
  setting(
    'LAKEDESK_MODEL_BASE_URL',
    '',
    'OpenAI-compatible address of the model, such as `https://<workspace>/serving-endpoints`.',
  ),
  secret('LAKEDESK_MODEL_API_KEY', 'Key or token of the model endpoint.'),
  setting(
    'LAKEDESK_MODEL_TIMEOUT_MS',
    '120000',
    'Milliseconds after which a call of the model is given up, 1000 to 3600000.',
  ),
  setting(
    'LAKEDESK_MODEL_TEMPERATURE',
    '',
    'Sampling temperature from 0 to 2, or `none` for models that refuse it; default: that of the RAG chain.',
  ),
  setting('LAKEDESK_EMBEDDINGS', 'offline', 'Name of the embedding model; `offline` runs a small one in the process.'),
  setting('LAKEDESK_EMBEDDINGS_BASE_URL', '', 'OpenAI-compatible address of the embedding model.'),
  secret('LAKEDESK_EMBEDDINGS_API_KEY', 'Key or token of the embedding endpoint.'),
  setting(
    'LAKEDESK_EMBEDDINGS_DIMENSION',
    '',
    'Numbers per vector, 1 to 16384; default: the endpoint is asked. Not for `offline`.',
  ),
  setting(
    'LAKEDESK_PLATFORM',
    'local',
    'Where versions, evaluations and the endpoint live: `local` (embedded), `mlflow` or `databricks`.',
  ),
  setting(
    'LAKEDESK_POLICY',
    '',
    'Path of the promotion policy (docs/promotion.md); without one nobody may approve anything.',
  ),
  setting('LAKEDESK_JUDGE', 'offline', 'Judge of evaluations: `offline`, or a model of `LAKEDESK_MODEL_BASE_URL`.'),
  setting(
    'LAKEDESK_PRICE_INPUT',
    '',
    'USD per million tokens read, for cost estimates; needs `LAKEDESK_PRICE_OUTPUT`.',
  ),
  setting('LAKEDESK_PRICE_OUTPUT', '', 'USD per million tokens written.'),
  setting(
    'LAKEDESK_TICKETS',
    '',
    'Path of the file that describes the tickets (docs/tickets.md): table, labels, fields, budget; without one that of the sample.',
  ),
  setting(
    'LAKEDESK_AI_MODEL',
    '',
    'Who answers the AI functions of SQL over the embedded tables: `offline`, or a model of `LAKEDESK_MODEL_BASE_URL`; default: `LAKEDESK_MODEL`.',
  ),
  setting('LAKEDESK_AI_CONCURRENCY', '16', 'Calls of AI functions at the same time, 1 to 256.'),
  setting('LAKEDESK_AI_PER_MINUTE', '', 'Calls of AI functions per minute at most, 1 to 1000000; default: no limit.'),
  setting(
    'DATABRICKS_WAREHOUSE_ID',
    '',
    'SQL warehouse (pro or serverless) for tickets and statements; with `LAKEDESK_PLATFORM=databricks`. Without it the embedded tables are used.',
  ),
  setting('LAKEDESK_SQL_CATALOG', '', 'Catalog of table names that are written without one; needs the warehouse.'),
  setting('LAKEDESK_SQL_SCHEMA', '', 'Schema of table names that are written without one; needs the warehouse.'),
  setting(
    'LAKEDESK_INDEX',
    '',
    'Full name `catalog.schema.index` of a Vector Search index, with `LAKEDESK_PLATFORM=databricks`; without it the embedded index is used.',
  ),
  setting('LAKEDESK_INDEX_ENDPOINT', 'llm-rag-endpoint', 'Vector Search endpoint of the index.'),
  setting(
    'LAKEDESK_INDEX_TABLE',
    '',
    'Table `catalog.schema.table` of the chunks that the index follows; needed to create the index.',
  ),
  setting(
    'LAKEDESK_DOCUMENTS_TABLE',
    '',
    'Table of whole documents that the chunking job reads; needed for `/ingest` on the lakehouse.',
  ),
  setting(
    'LAKEDESK_VOLUME',
    '',
    'Folder of a Unity Catalog volume for programs and data of jobs, such as `/Volumes/ml_catalog/rag_data/code`.',
  ),
  setting(
    'LAKEDESK_TRAINING',
    'local',
    'Who trains: `local` (the ticket classifier, on this machine), or with `LAKEDESK_PLATFORM=databricks` `fine-tuning`, `ai-runtime` or `composer`.',
  ),
  setting(
    'LAKEDESK_CLASSIFIER',
    'ml_catalog.support.ticket_classifier',
    'Registered model of the ticket classifier: its Champion answers `ai_classify` over the embedded tables.',
  ),
  setting('MLFLOW_TRACKING_URI', '', 'Address of the MLflow server; needed with `LAKEDESK_PLATFORM=mlflow`.'),
  secret('MLFLOW_TRACKING_TOKEN', 'Bearer token of the MLflow server, where it wants one.'),
  setting(
    'DATABRICKS_HOST',
    '',
    'Address of the workspace, such as `https://adb-1.2.azuredatabricks.net`; needed with `LAKEDESK_PLATFORM=databricks`.',
  ),
  secret('DATABRICKS_TOKEN', 'Token of the workspace; or give client id and secret of a service principal.'),
  setting(
    'DATABRICKS_CONFIG_PROFILE',
    '',
    'Profile of the configuration file that gives host and credentials where they are not set here.',
  ),
  setting('DATABRICKS_CONFIG_FILE', '~/.databrickscfg', 'Configuration file of the profiles.'),
  setting(
    'DATABRICKS_WORKSPACE_ID',
    '',
    'Number of the workspace, where one host serves several; default: what stands behind `?o=` in `DATABRICKS_HOST`.',
  ),
  setting(
    'DATABRICKS_AUTH_TYPE',
    '',
    '`pat` (token) or `oauth-m2m` (service principal), where the credentials of both are set.',
  ),
  setting('DATABRICKS_CLIENT_ID', '', 'Client id of the service principal (OAuth).'),
  secret('DATABRICKS_CLIENT_SECRET', 'Client secret of the service principal.'),
  secret(
    'LAKEDESK_INVOCATIONS_TOKEN',
    'Bearer token that callers of `/invocations` must send; needed unless the host is loopback.',
  ),
  setting('LAKEDESK_HOST', '127.0.0.1', 'Address that `serve` listens on; `0.0.0.0` for every interface.'),
  setting('LAKEDESK_PORT', '3000', 'Port that `serve` listens on, 0 to 65535; 0 takes a free one.'),
  setting('LAKEDESK_CONCURRENCY', '8', 'Questions answered at the same time, 1 to 256.'),
  setting('LAKEDESK_LOG_LEVEL', 'info', '`debug`, `info`, `warn`, `error` or `silent`.'),
  secret('SLACK_BOT_TOKEN', 'Bot token (`xoxb-`) of the Slack app; turns the Slack face on.'),
  secret('SLACK_SIGNING_SECRET', 'Signing secret of the Slack app; needed to receive events over HTTP.'),
  secret(
    'SLACK_APP_TOKEN',
    'App-level token (`xapp-`); Slack is then reached by Socket Mode and no address is needed.',
  ),
  setting(
    'SLACK_API_URL',
    'https://slack.com/api/',
    'Address of the Slack Web API: GovSlack, or a stand-in for tests.',
  ),
  setting('LAKEDESK_SLACK_ALLOW_REACTIONS', 'false', '`true` marks a question with an emoji while it is worked on.'),
  setting('MicrosoftAppId', '', 'Application (client) id of the Teams bot; turns the Teams face on.'),
  secret('MicrosoftAppPassword', 'Client secret of the Teams bot.'),
  setting('MicrosoftAppType', 'SingleTenant', '`SingleTenant`, or `MultiTenant` (then name the allowed tenants).'),
  setting('MicrosoftAppTenantId', '', 'Tenant of the Teams bot; needed unless the type is `MultiTenant`.'),
  setting(
    'LAKEDESK_TEAMS_ALLOWED_TENANTS',
    '',
    'Tenant ids that may use the Teams bot, separated by commas; default: its own tenant.',
  ),
  setting(
    'ToBotFromChannelOpenIdMetadataUrl',
    'https://login.botframework.com/v1/.well-known/openidconfiguration',
    'OpenID metadata of the keys that sign activities: another cloud of Microsoft, or a stand-in on this machine (then the host must be loopback, and the login address there too).',
  ),
  setting(
    'ToChannelFromBotLoginUrl',
    'https://login.microsoftonline.com',
    'Where the Teams bot gets its tokens: another cloud of Microsoft, or a stand-in on this machine.',
  ),
  setting(
    'LAKEDESK_TEAMS_INSECURE_LOCAL',
    'false',
    '`true` takes unsigned activities for a try on this machine alone, where anybody may then act as anybody, also approve; the host must be loopback.',
  ),
]
