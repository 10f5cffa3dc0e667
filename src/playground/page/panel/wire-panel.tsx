// The place of the wire and the steps on the page.
export function WirePanel() {
  return <div />
}
