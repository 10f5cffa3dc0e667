// Reads the address of a platform: absolute, without credentials, fit for messages.
import { LakedeskError } from '../../core/errors.ts'

export interface BaseUrl {
  /** Without a trailing slash and without credentials. */
  address: string
  /** The Authorization header, where the address came with `user:password@`. */
  basic: string | undefined
}

/** Throws CONFIG_INVALID where it is not an absolute http(s) address. */
export function readBaseUrl(baseUrl: string): BaseUrl {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const shown = baseUrl.replace(/\/\/[^/@]*@/, '//')
    throw new LakedeskError(
      'CONFIG_INVALID',
      `The address "${shown}" is not an absolute http or https address. Write it with its scheme, such as http://127.0.0.1:5000.`,
    )
  }
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  const basic = user === '' ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { address: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, basic }
}
