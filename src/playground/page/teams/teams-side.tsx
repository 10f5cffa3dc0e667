// The Teams client's place on the page.
export function TeamsSide() {
  return <div />
}
