// The place of the faults on the page.
export function FaultDrawer() {
  return <div />
}
