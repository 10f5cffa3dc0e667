// Gives the endpoint the new version with all of its traffic, and waits until that is what answers.
import type { Walk } from '../saga-walk.ts'
import { awaitConfig, changeEndpoint } from '../wait.ts'
import { noteTouched } from './touched.ts'

/** A sentence where somebody else changed the endpoint; throws where the update fails or takes too long. */
export async function moveEndpoint(walk: Walk): Promise<string | null> {
  const { after, endpoint } = walk.move
  await walk.show(`${endpoint}: new version`, 3)
  const foreign = await changeEndpoint(walk, 'endpoint', after, () =>
    walk.save('endpoint.journal', 'endpoint', noteTouched(walk, 'endpoint')),
  )
  if (foreign) return foreign
  await walk.show(`Waiting until ${endpoint} is ready`, 4)
  await walk.save('wait.journal', 'wait')
  return awaitConfig(walk, 'wait', after)
}
