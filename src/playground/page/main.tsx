// Draws the page, and begins to listen to the playground's server.
import { render } from 'preact'
import './shell/theme.css'
import './shell/shell.css'
import { Shell } from './shell/shell.tsx'
import { listen } from './state/events.ts'

const root = document.getElementById('page')
if (root) {
  render(<Shell />, root)
  listen()
}
