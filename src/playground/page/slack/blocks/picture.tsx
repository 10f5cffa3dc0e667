// A picture of a block: by address, or a file that was uploaded before.
import { findFile } from '../files.ts'
import { toSafeUrl } from '../markup/safe-link.tsx'
import { asRecord, asText, type Json, textOf } from './read-json.ts'

/** Files of the playground's own server stand under `/`. */
function toSource(image: Json): string | null {
  const { id, url } = asRecord(image.slack_file)
  const file = findFile(asText(id))
  if (file) return file.url
  const address = asText(image.image_url) || asText(url)
  return address.startsWith('/') && !address.startsWith('//') ? address : toSafeUrl(address)
}

export function Picture({ image, size }: { image: Json; size: 'small' | 'full' }) {
  const source = toSource(image)
  const words = asText(image.alt_text)
  if (source === null) return <span class="picture-missing">{words || 'A picture that is not here'}</span>
  if (size === 'small') return <img class="picture-small" src={source} alt={words} />
  return (
    <figure class="picture">
      {textOf(image.title) !== '' && <figcaption>{textOf(image.title)}</figcaption>}
      <a href={source} target="_blank" rel="noopener noreferrer" aria-label={`Open the picture: ${words}`}>
        <img src={source} alt={words} loading="lazy" />
      </a>
    </figure>
  )
}
