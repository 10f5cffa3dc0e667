// The files of a message: pictures are shown, everything else can be fetched.
import type { FileView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { toSize } from './files.ts'

export function MessageFiles({ files }: { files: readonly FileView[] }) {
  if (files.length === 0) return null
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id}>
          {file.mediaType.startsWith('image/') && file.url !== '' ? <Image file={file} /> : <Other file={file} />}
        </li>
      ))}
    </ul>
  )
}

function Image({ file: { name, title, url } }: { file: FileView }) {
  return (
    <figure class="picture">
      <figcaption>{title ?? name}</figcaption>
      <a href={url} target="_blank" rel="noopener noreferrer" aria-label={`Open ${title ?? name}`}>
        <img src={url} alt={title ?? name} loading="lazy" />
      </a>
    </figure>
  )
}

function Other({ file: { name, title, url, bytes, mediaType } }: { file: FileView }) {
  const about = [title && title !== name ? name : '', mediaType, bytes > 0 ? toSize(bytes) : ''].filter(
    (one) => one !== '',
  )
  const inside = (
    <>
      <span class="file-sign" aria-hidden="true">
        <Icon name="file" />
      </span>
      <span class="file-words">
        <strong>{title ?? name}</strong>
        <small>{about.join(' · ')}</small>
      </span>
    </>
  )
  if (url === '') return <span class="file">{inside}</span>
  return (
    <a class="file" href={url} download={name}>
      {inside}
      <Icon name="download" />
    </a>
  )
}
