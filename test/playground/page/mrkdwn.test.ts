// Slack's mrkdwn, read into nodes: what is formatted, what stays text, and what could be more than text.
import { describe, expect, it } from 'vitest'
import { type Mark, type MarkBlock, readMarks, readMrkdwn } from '../../../src/playground/page/slack/markup/mrkdwn.ts'

/** As short words, so that a test shows what a reader would see. */
function draw(marks: readonly Mark[]): string {
  return marks.map(drawOne).join('')
}

function drawOne(mark: Mark): string {
  switch (mark.kind) {
    case 'text':
      return mark.text
    case 'bold':
    case 'italic':
    case 'strike':
      return `[${mark.kind} ${draw(mark.inside)}]`
    case 'code':
    case 'special':
      return `[${mark.kind} ${mark.text}]`
    case 'link':
      return `[link ${mark.url} ${mark.label}]`
    case 'user':
    case 'channel':
      return `[${mark.kind} ${mark.id}]`
    case 'date':
      return `[date ${mark.seconds} ${mark.form}]`
    case 'emoji':
      return `[emoji ${mark.name}]`
  }
}

function drawBlock(block: MarkBlock): string {
  return block.kind === 'pre' ? `pre(${block.text})` : `${block.kind}(${draw(block.marks)})`
}

const read = (text: string) => draw(readMarks(text))
const readAll = (text: string) => readMrkdwn(text).map(drawBlock)

describe('marks within a line', () => {
  it('reads bold, italic, strike and code, also within each other', () => {
    expect(read('*bold* _it_ ~gone~ `a*b*c`')).toBe('[bold bold] [italic it] [strike gone] [code a*b*c]')
    expect(read('*so _very_ bold*')).toBe('[bold so [italic very] bold]')
  })

  it.each(['2 * 3 * 4', 'snake_case_name', '* bold *', 'a*b*c', '*', '**', '*open', '_a\nb_'])(
    'leaves %j as it is',
    (text) => {
      expect(read(text)).toBe(text)
    },
  )

  it('reads links, people, channels, broadcasts and dates', () => {
    expect(read('<https://a.example/x?a=1&amp;b=2|the page>')).toBe('[link https://a.example/x?a=1&b=2 the page]')
    expect(read('<https://a.example>')).toBe('[link https://a.example https://a.example]')
    expect(read('<@U1|sam> in <#C1> <!here>')).toBe('[user U1] in [channel C1] [special @here]')
    expect(read('<!date^1700000000^{date_num} {time}|then>')).toBe('[date 1700000000 {date_num} {time}]')
    expect(read('<!date^soon^{date}|then>')).toBe('then')
  })

  it('finds bare addresses, without the full stop behind them', () => {
    expect(read('see https://a.example/b.')).toBe('see [link https://a.example/b https://a.example/b].')
  })

  it('decodes what Slack escapes, once, and reads no control sequence from it', () => {
    expect(read('&lt;@U1&gt; &amp;lt; &quot;')).toBe('<@U1> &lt; &quot;')
    expect(read('`&lt;b&gt;`')).toBe('[code <b>]')
  })

  it('keeps HTML as text', () => {
    expect(read('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
    expect(read('a < b > c')).toBe('a < b > c')
  })

  it('reads emoji by name, and no clock time as one', () => {
    expect(read(':tada: at 10:30:00')).toBe('[emoji tada] at 10:30:00')
  })

  it('takes a long run of markers in a moment', () => {
    const begun = performance.now()
    readMarks('*_~'.repeat(4_000))
    readMarks('<'.repeat(12_000))
    readMarks('`'.repeat(12_000))
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})

describe('whole texts', () => {
  it('parts quotes, preformatted text and lines', () => {
    expect(readAll('one\n> two\n&gt; three\nfour')).toEqual(['lines(one)', 'quote(two\nthree)', 'lines(four)'])
    expect(readAll('see\n```\n*a* &lt;b&gt;\n```\nend')).toEqual(['lines(see)', 'pre(*a* <b>)', 'lines(end)'])
  })

  it('shows an open fence as it was written', () => {
    expect(readAll('```open')).toEqual(['lines(```open)'])
  })
})
