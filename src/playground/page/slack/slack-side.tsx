// The Slack workspace: sidebar, the open channel or app, the thread, and modals over them.
export function SlackSide() {
  return <div />
}
