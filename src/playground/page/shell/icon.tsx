// The page's icons: lines of one weight on a field of 20 by 20, drawn in the colour of the text around them.

const PATHS = {
  waves: 'M3 6c2.3-2 4.7-2 7 0s4.7 2 7 0M3 10.5c2.3-2 4.7-2 7 0s4.7 2 7 0M3 15c2.3-2 4.7-2 7 0s4.7 2 7 0',
  wire: 'M3 6.5h12m-3-3 3 3-3 3M17 13.5H5m3-3-3 3 3 3',
  bolt: 'M11.5 2.5 4.5 11.5H10l-1.5 6 7-9H10z',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z',
  screen: 'M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3',
  close: 'm5 5 10 10M15 5 5 15',
  send: 'M3.5 10 3 4l14 6-14 6 .5-6zm0 0H9',
  attach: 'm15.5 9.5-5.6 5.6a3.5 3.5 0 0 1-5-5l6-6a2.3 2.3 0 0 1 3.3 3.3l-5.9 5.9a1.1 1.1 0 0 1-1.6-1.6l5.2-5.2',
  more: 'M5 9.4a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2M10 9.4a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2M15 9.4a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2',
  thread: 'M4 4.5h12v8.5H9l-3.5 3V13H4z',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  hash: 'M7.5 3.5 6 16.5M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5',
  home: 'M3.5 9.5 10 3.5l6.5 6M5.5 8v8.5h9V8',
  stop: 'M6 6h8v8H6z',
  file: 'M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4',
  download: 'M10 3v9.5m-3.5-3.5 3.5 3.5 3.5-3.5M4 16.5h12',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  plus: 'M10 4v12M4 10h12',
  thumb: 'M6.5 9 9.5 3c1.5 0 2 1 2 2v3h4.5l-1.2 7.5H6.5zM6.5 9H4v6.5h2.5',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  warning: 'M10 3 2.5 16.5h15zM10 8v4M10 14.5v.01',
  at: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0 0v1.2a2 2 0 0 0 4 0V10a7 7 0 1 0-3 5.7',
  slash: 'M12.5 4 7.5 16',
  chevron: 'm5.5 8 4.5 4.5L14.5 8',
  chats: 'M3 4h10v7H8l-3 2.5V11H3zM8.5 13.5H13l2.5 2V13.5H17V7.5h-1.5',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, flip = false }: { name: IconName; flip?: boolean }) {
  return (
    <svg class={flip ? 'icon icon-flip' : 'icon'} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
