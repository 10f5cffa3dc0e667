// Free ports on the loopback for the parts of the playground behind its page.
import { createServer } from 'node:net'

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** The wanted port, so that addresses stay what they were; a free one where it is taken. 0 lets the system choose. */
export async function choosePort(wanted: number): Promise<number> {
  if (wanted !== 0 && wanted <= 65_535 && (await isFree(wanted))) return wanted
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
