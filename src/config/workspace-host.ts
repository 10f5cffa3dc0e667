// Brings the address of a Databricks workspace, as people copy it, into the one form that its API is asked at.

export interface WorkspaceHost {
  /** Scheme and host, without a slash at the end. */
  host: string
  /** From `?o=` of an address that was copied from the browser. */
  workspaceId: string | undefined
}

/** A sentence that says why it cannot be used. */
export interface HostFault {
  why: string
  fix: string
}

const EXAMPLE = 'https://adb-1.2.azuredatabricks.net'

/**
 * Without a scheme it is https; path, query and `:443` fall away. Plain http stays as it is, for a lakehouse on this machine.
 * Source: `_fix_host_if_needed` of databricks-sdk-py.
 */
export function readWorkspaceHost(written: string): WorkspaceHost | HostFault {
  const url = URL.parse(written.includes('://') ? written : `https://${written}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    return {
      why: 'It must be the address of a workspace, which begins with https:// and holds no user name or password.',
      fix: `Write it as in ${EXAMPLE}; credentials have settings of their own.`,
    }
  }
  if (/^accounts(-dod)?\./i.test(url.hostname)) {
    return {
      why: 'It is the account console, which has no models, tables or endpoints.',
      fix: `Set the address of a workspace, such as ${EXAMPLE}; the account console lists them.`,
    }
  }
  const id = url.searchParams.get('o') ?? /[?&]o=(\d+)/.exec(url.hash)?.[1] ?? ''
  return { host: url.origin, workspaceId: /^\d{1,20}$/.test(id) ? id : undefined }
}
