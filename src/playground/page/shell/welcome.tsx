// What stands where the clients will be, until the server has sent its view.
import { connection } from '../state/store.ts'

export function Welcome() {
  const isLost = connection.value === 'reconnecting'
  return (
    <div class="welcome" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>{isLost ? 'The playground does not answer. Trying again.' : 'Opening the playground'}</p>
    </div>
  )
}
