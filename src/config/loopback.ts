// Tells whether a host is this machine alone.

/** `localhost`, 127.0.0.0/8 and ::1, with or without brackets. Names other than localhost are not resolved: not loopback. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare)
}
