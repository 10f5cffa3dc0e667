// The app's Home tab, as the app has published it for this person.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from '../shell/icon.tsx'
import { tryAct } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { slack } from '../state/store.ts'
import { Blocks } from './blocks/block.tsx'
import { asRecords, type Json } from './blocks/read-json.ts'
import { createSurface, SurfaceContext } from './blocks/surface.ts'

export function HomeTab() {
  const [why, setWhy] = useState('')
  useEffect(() => {
    tryAct({ do: 'slack-open', as: seat.peek().id, tab: 'home' }).then((done) => setWhy(done.ok ? '' : done.error))
  }, [])
  const home = slack.value.homes[seat.value.slackUser]
  const blocks = asRecords(home?.blocks)
  const held = useRef<readonly Json[]>(blocks)
  held.current = blocks
  const surface = useMemo(() => createSurface({ kind: 'home' }, () => held.current), [])
  if (blocks.length === 0) {
    return (
      <div class="empty">
        <Icon name="home" />
        <h3>{why === '' ? 'Nothing here yet' : 'No Home tab'}</h3>
        <p>{why || `${slack.value.botName} has not published a Home for you.`} Ask it something under Messages.</p>
      </div>
    )
  }
  return (
    <div class="home">
      <SurfaceContext.Provider value={surface}>
        <Blocks blocks={blocks} />
      </SurfaceContext.Provider>
    </div>
  )
}
