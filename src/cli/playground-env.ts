// The environment of the playground's bot: nothing of the visitor's own but what a process needs to live, and the stand-ins' tokens.

type Env = Readonly<Record<string, string | undefined>>

/** What Node and the system need; nothing that could open anything. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|NODE_COMPILE_CACHE|SystemRoot|SYSTEMROOT|windir|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|ProgramData)$/i

/** A model on this machine may be tried in the playground; the start has checked that it is on this machine. */
const MODEL = /^LAKEDESK_(MODEL|EMBEDDINGS|JUDGE|AI_MODEL)(_[A-Z_]+)?$/

export interface PlaygroundEnv {
  data: string
  policy: string
  port: number
  slack: { token: string; signingSecret: string; apiUrl: string }
  /** Settings of the Teams face. */
  teams: Readonly<Record<string, string>>
}

export function cleanEnv(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (KEPT.test(name) || MODEL.test(name)) ? [[name, value]] : [],
    ),
  )
}

export function toBotEnv(env: Env, { data, policy, port, slack, teams }: PlaygroundEnv): Record<string, string> {
  return {
    ...cleanEnv(env),
    LAKEDESK_DATA: data,
    LAKEDESK_POLICY: policy,
    LAKEDESK_HOST: '127.0.0.1',
    LAKEDESK_PORT: String(port),
    // The page shows each step of a turn, and these stand in lines of that level.
    LAKEDESK_LOG_LEVEL: 'debug',
    SLACK_BOT_TOKEN: slack.token,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    ...teams,
  }
}
