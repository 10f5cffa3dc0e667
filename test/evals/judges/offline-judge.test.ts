import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../src/core/errors.ts'
import { combineJudges, failed, type Judge, scored } from '../../../src/evals/judges/judge.ts'
import { createOfflineJudge, OFFLINE_JUDGE_FORM } from '../../../src/evals/judges/offline-judge.ts'
import type { MetricName } from '../../../src/evals/metrics.ts'
import { JUDGED_METRICS } from '../../../src/evals/metrics.ts'
import { createOfflineEmbeddings } from '../../../src/platform/local/embeddings/offline-embeddings.ts'
import type { TextEmbeddings } from '../../../src/platform/ports/models.ts'
import { type Judged, judged, numberFor, scoreOf } from './judged.ts'

const judge = createOfflineJudge()
const never = new AbortController().signal
const PASSAGE =
  'To reset your password open Settings > Security > Reset password and choose Send reset link. The link is valid for 45 minutes. After three failed attempts the account is locked for 1,000 seconds.'

const valueFor = (metric: MetricName, given: Judged) => numberFor(judge, metric, given)

describe('faithfulness', () => {
  const value = (text: string, passages: Judged['passages'] = [PASSAGE], question?: string) =>
    valueFor('faithfulness', { text, passages, ...(question ? { question } : {}) })

  it.each([
    ['a quotation', 'The link is valid for 45 minutes.'],
    ['a quotation with marks and Markdown', '- The **link** is valid for `45` minutes [1][2, 3].'],
    ['a thousand without its comma', 'After three failed attempts the account is locked for 1000 seconds.'],
    ['a number word as a digit', 'After 3 failed attempts the account is locked for 1,000 seconds.'],
    ['a closing offer of help', 'The link is valid for 45 minutes. Is there anything else I can help you with?'],
  ])('holds for %s', async (_, text) => {
    expect(await value(text)).toBeGreaterThan(0.9)
  })

  it.each([
    ['another subject', 'Parcels to Norway need a customs form and a stamp.'],
    ['a changed number', 'The link is valid for 54 minutes.'],
    ['an opinion of the speaker', 'I think I would not use it, I love my old phone.'],
    ['a question back', 'Did the account get locked for your friend?'],
  ])('fails for %s', async (_, text) => {
    expect(await value(text)).toBeLessThan(0.5)
  })

  it('falls with one invented sentence among true ones', async () => {
    const good = 'Open Settings > Security > Reset password. The link is valid for 45 minutes.'
    const spoiled = `${good} Administrators receive a monthly invoice by courier.`
    expect(await value(spoiled)).toBeLessThan((await value(good)) - 0.2)
  })

  it.each([
    ['Guests can export invoices.', 'Guests cannot export invoices.'],
    ["The account isn't locked.", 'The account is locked.'],
  ])('falls where "%s" turns "%s" around', async (text, passage) => {
    expect(await value(text, [passage])).toBeLessThan(0.5)
    expect(await value(passage, [passage])).toBeGreaterThan(0.9)
    // Said both ways, it is carried.
    expect(await value(text, [`${passage} ${text}`])).toBeGreaterThan(0.9)
  })

  it('does not count greetings and lead-ins of a hosted model', async () => {
    const text =
      'Sure! Here is how to do it:\n\n1. Open **Settings > Security > Reset password**.\n\nLet me know if it works!'
    expect(await value(text)).toBeGreaterThan(0.8)
  })

  it('forgives a number that only the question holds', async () => {
    const asked = 'I waited 54 minutes, is the link still valid?'
    const text = 'After 54 minutes the link is not valid: it is valid for 45 minutes.'
    expect(await value(text, [PASSAGE], asked)).toBeGreaterThan(await value(text, [PASSAGE], 'Is it valid?'))
  })

  it('finds the support in any of the passages, best where one holds it all', async () => {
    const text = 'The link is valid for 45 minutes.'
    const whole = await value(text, ['Nothing of the kind.', PASSAGE])
    const parts = await value(text, ['The link is sent.', 'It is valid today.', '45 minutes is long.'])
    expect(whole).toBeGreaterThan(0.9)
    expect(parts).toBeLessThan(whole)
  })

  it('is near zero where nothing was retrieved', async () => {
    expect(await value('The link is valid for 45 minutes.', [])).toBeLessThan(0.05)
  })

  it.each([
    [
      'German',
      'Der Link ist 45 Minuten gültig.',
      'Der Link zum Zurücksetzen ist 45 Minuten gültig.',
      'Pakete brauchen ein Zollformular.',
    ],
    ['Japanese', 'リンクは45分間有効です。', 'リセット用のリンクは45分間有効です。', '荷物には税関申告書が必要です。'],
    [
      'Russian',
      'Ссылка действует 45 минут.',
      'Ссылка для сброса действует 45 минут.',
      'Для посылки нужна таможенная декларация.',
    ],
  ])('tells right from wrong in %s', async (_, right, passage, wrong) => {
    expect(await value(right, [passage])).toBeGreaterThan(0.8)
    expect(await value(wrong, [passage])).toBeLessThan(0.2)
  })

  it('judges a very long answer in reasonable time', async () => {
    const text = `${PASSAGE}\n`.repeat(2000)
    const started = performance.now()
    expect(await value(text)).toBeGreaterThan(0.9)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('correctness', () => {
  it('is the share of the facts that are said', async () => {
    const facts = ['Settings > Security > Reset password', '45 minutes']
    const text = 'Open **Settings > Security > Reset password** [1].'
    expect(await valueFor('correctness', { facts, text })).toBe(0.5)
    expect(await valueFor('correctness', { facts, text: `${text} The link lasts *45 minutes*.` })).toBe(1)
  })

  it.each([
    ['45 minutes', 'It is valid for 54 minutes.', 0],
    ['5 minutes', 'It is valid for 45 minutes.', 0],
    ['45 minutes', 'Valid: 45\u00a0MINUTES', 1],
    ['api_key', 'Set `api_key` first.', 1],
    ['customs declaration form', 'Send us a form.', 0],
    ['customs declaration form', 'The declaration form for customs goes on top.', 1],
    ['!!!', 'Anything at all.', 0],
  ])('looks for the fact "%s" in "%s"', async (fact, text, expected) => {
    expect(await valueFor('correctness', { facts: [fact], text })).toBe(expected)
  })

  const expected = 'Choose Send reset link in the security settings; the mail arrives at once and works for 45 minutes.'
  it('is 1 for the expected answer, 0 for another, and between for a part', async () => {
    expect(await valueFor('correctness', { expected, text: expected })).toBe(1)
    expect(await valueFor('correctness', { expected, text: 'Parcels need a customs form.' })).toBe(0)
    const part = await valueFor('correctness', { expected, text: 'Choose Send reset link in the settings.' })
    expect(part).toBeGreaterThan(0.3)
    expect(part).toBeLessThan(1)
  })

  it('falls with a changed number', async () => {
    const wrong = await valueFor('correctness', { expected, text: expected.replace('45', '54') })
    expect(wrong).toBeLessThan(0.9)
  })

  it('gives nothing for repeating the question', async () => {
    const question = 'How long is the reset link valid?'
    const score = await valueFor('correctness', { question, expected: 'It works for 45 minutes.', text: question })
    expect(score).toBe(0)
  })

  it.each([
    ['Is it on or off?', 'Off.', 'It is off.', 'It is on.'],
    ['May I?', 'No.', 'No, not yet.', 'Yes.'],
    ['Which plan?', 'Enterprise', 'You need the Enterprise plan for that, as the page on plans says.', 'Starter'],
  ])('compares short expected answers: %s %s', async (question, short, right, wrong) => {
    const good = await valueFor('correctness', { question, expected: short, text: right })
    expect(good).toBeGreaterThan(0.4)
    expect(await valueFor('correctness', { question, expected: short, text: wrong })).toBeLessThan(good)
  })
})

describe('toxicity', () => {
  it.each([
    'You are an idiot.',
    'What a sh1tty question.',
    'Go kill yourself.',
    'F**k off.',
    'You stupid moron, read the manual.',
  ])('finds it in "%s"', async (text) => {
    expect(await valueFor('toxicity', { text })).toBeGreaterThanOrEqual(0.5)
  })

  it.each([
    'Kill the process, then abort the transaction and execute the master script.',
    'The FK constraint fails: run fsck, then check loganalytics and the hash a55c5d34fa99.',
    'Le train est en retard; der Stift ist dick.',
    'hoe kan ik mijn wachtwoord resetten?',
    'The field sex may be M, F or X; the patient has a vaginal infection.',
    'Ask @bitchute for the cockpit view in Scunthorpe, Essex.',
    'A dumb terminal shows you stupid quotes.',
    'Shut it down after 4550 requests (#4557).',
  ])('does not take "%s" for it', async (text) => {
    expect(await valueFor('toxicity', { text })).toBeLessThan(0.5)
  })

  it('is 0 for the plain and the friendly', async () => {
    expect(await valueFor('toxicity', { text: PASSAGE })).toBe(0)
  })
})

describe('answer relevance', () => {
  it('goes by the words of the question where there are no embeddings', async () => {
    const right = await valueFor('answer_relevance', { text: 'The reset link is valid for 45 minutes.' })
    const wrong = await valueFor('answer_relevance', { text: 'Parcels need a customs form.' })
    expect(right).toBeGreaterThan(wrong + 0.5)
  })

  it('goes by meaning with embeddings, also where no word agrees, and in a follow-up', async () => {
    const cacheFolder = join(fileURLToPath(new URL('../../..', import.meta.url)), 'node_modules', '.cache', 'lakedesk')
    const meant = createOfflineJudge({ embeddings: createOfflineEmbeddings({ cacheFolder }) })
    const question = 'How do I get a new password?'
    const near = await numberFor(meant, 'answer_relevance', {
      question,
      text: 'Reset your login credentials in the settings.',
    })
    const far = await numberFor(meant, 'answer_relevance', { question, text: 'Parcels to Norway need a customs form.' })
    expect(near).toBeGreaterThan(far + 0.3)
    const followUp = { question: 'And for Norway?', text: 'A customs declaration must be on the parcel.' }
    const thread = [{ role: 'user' as const, text: 'Which customs forms does a parcel need?' }]
    const alone = await numberFor(meant, 'answer_relevance', followUp)
    expect(await numberFor(meant, 'answer_relevance', { ...followUp, thread })).toBeGreaterThan(alone)
  }, 60_000)

  it('is an error where the embeddings fail, and spares the other metrics', async () => {
    const embeddings: TextEmbeddings = {
      name: 'broken',
      dimension: 2,
      embedDocuments: () => Promise.reject(new LakedeskError('EMBEDDINGS_FAILED', 'The model file is gone.')),
      embedQuery: () => Promise.reject(new Error('unused')),
    }
    const scores = await createOfflineJudge({ embeddings }).score(judged({ passages: [PASSAGE] }), never)
    expect(scores.answer_relevance).toEqual({ kind: 'error', why: 'The model file is gone.' })
    expect(scores.faithfulness?.kind).toBe('score')
  })
})

describe('context', () => {
  const page = 'account/reset-password.md'
  it.each([
    ['the page and its facts', [[page, 'valid for 45 minutes']], 1, 1],
    ['the page without the fact', [[page, 'something else']], 0.5, 1],
    [
      'the page under a folder, second',
      [
        ['a.md', 'x'],
        [`docs/${page}`, '45 minutes'],
      ],
      1,
      0.5,
    ],
    ['another page with the fact', [['a.md', '45 minutes']], 0.5, 0],
    ['a page whose name only ends alike', [['other-account/reset-password.md', '']], 0, 0],
    [
      'the page at ranks 1 and 3',
      [
        [page, '45 minutes'],
        ['a.md', ''],
        [page, ''],
      ],
      1,
      (1 + 2 / 3) / 2,
    ],
    ['nothing', [], 0, 0],
  ] as [string, [string, string][], number, number][])('of %s', async (_, passages, recall, precision) => {
    const given = { page, facts: ['45 minutes'], passages }
    expect(await valueFor('context_recall', given)).toBe(recall)
    expect(await valueFor('context_precision', given)).toBeCloseTo(precision)
  })

  it('takes another page that holds the answer as well', async () => {
    const given: Judged = { page, also: ['faq.md'], passages: [['faq.md', 'x']] }
    expect(await valueFor('context_recall', given)).toBe(1)
    expect(await valueFor('context_precision', given)).toBe(1)
  })

  it('goes by the expected answer where the case names neither page nor facts', async () => {
    const given: Judged = { expected: 'valid for 45 minutes', passages: ['It stays valid.'] }
    expect(await valueFor('context_recall', given)).toBeCloseTo(1 / 3)
    expect((await scoreOf(judge, 'context_precision', given))?.kind).toBe('none')
  })
})

describe('what is settled before judging', () => {
  const REFUSED = { text: 'The documentation does not say.', refused: true, facts: ['45 minutes'], passages: [PASSAGE] }

  it('scores a wrong refusal 0, and leaves out what it does not state', async () => {
    const scores = await judge.score(judged(REFUSED), never)
    expect(scores.faithfulness?.kind).toBe('none')
    expect(scores.answer_relevance).toMatchObject({ kind: 'score', value: 0 })
    expect(scores.correctness).toMatchObject({ kind: 'score', value: 0 })
    expect(scores.refusal_correctness).toMatchObject({ kind: 'score', value: 0 })
    expect(scores.toxicity).toMatchObject({ kind: 'score', value: 0 })
  })

  it('scores a right refusal by that alone', async () => {
    const scores = await judge.score(judged({ ...REFUSED, facts: [], unanswerable: true }), never)
    for (const metric of ['faithfulness', 'answer_relevance', 'correctness', 'context_recall'] as const)
      expect(scores[metric]?.kind).toBe('none')
    expect(scores.refusal_correctness).toMatchObject({ kind: 'score', value: 1 })
  })

  it('counts an answer to an unanswerable question as a wrong one', async () => {
    expect(await valueFor('refusal_correctness', { unanswerable: true })).toBe(0)
  })

  it.each(['', '   \n', '[1] [2, 3]', '**[1]**\n---\n```\n```'])('takes %j for no answer', async (text) => {
    const scores = await judge.score(judged({ text, facts: ['45 minutes'], passages: [PASSAGE] }), never)
    expect(scores.faithfulness?.kind).toBe('none')
    expect(scores.toxicity?.kind).toBe('none')
    expect(scores.answer_relevance).toMatchObject({ kind: 'score', value: 0 })
    expect(scores.correctness).toMatchObject({ kind: 'score', value: 0 })
  })

  it('has no correctness where the case holds nothing to compare with', async () => {
    expect((await scoreOf(judge, 'correctness', {}))?.kind).toBe('none')
  })

  it('takes time, tokens and price from the answer, and nothing where they are unknown', async () => {
    const known = await judge.score(judged({ answer: { inputTokens: 100, outputTokens: 20, costUsd: 0.002 } }), never)
    expect(known.latency).toEqual({ kind: 'score', value: 120 })
    expect(known.tokens).toEqual({ kind: 'score', value: 120 })
    expect(known.cost).toEqual({ kind: 'score', value: 0.002 })
    const unknown = await judge.score(judged({ answer: { inputTokens: 100 } }), never)
    expect([unknown.tokens?.kind, unknown.cost?.kind]).toEqual(['none', 'none'])
  })

  it('always gives a word on every judged metric, with numbers from 0 to 1', async () => {
    const texts = ['', 'ok', '?', '🙂', '12', 'a'.repeat(10_000), '[](', '```', '<b', 'constructor __proto__']
    for (const text of texts) {
      const scores = await judge.score(judged({ text, expected: text, passages: [text] }), never)
      for (const metric of JUDGED_METRICS) {
        const score = scores[metric]
        expect(score, `${metric} of ${text.slice(0, 20)}`).toBeDefined()
        if (score?.kind !== 'score') continue
        expect(score.value).toBeGreaterThanOrEqual(0)
        expect(score.value).toBeLessThanOrEqual(1)
      }
    }
  })

  it.each([')', '\n', '55', ' ', '[', '<a ', '*', '. ', '!?', 'you are the ', '😀', '`', 'a.b_'])(
    'is not slowed down by 100,000 of %j',
    async (part) => {
      const text = `.${part.repeat(100_000 / part.length)} x`
      const started = performance.now()
      await judge.score(judged({ text, facts: ['5', 'x y'], expected: text, passages: [text] }), never)
      expect(performance.now() - started).toBeLessThan(4000)
    },
    60_000,
  )

  it('stops where the signal is aborted', async () => {
    await expect(judge.score(judged({}), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  })
})

describe('the form of the judge', () => {
  it('is raised with any change after which an answer gets another score', async () => {
    const expected = 'Open Settings > Security and choose Send reset link.'
    const specimens: Judged[] = [
      { passages: [PASSAGE], facts: ['45 minutes', 'six hours'], page: 'page-0.md' },
      { passages: [PASSAGE], text: 'Open Settings and send the link; it lasts 50 minutes, I think.', expected },
      { passages: ['Invoices are sent monthly.', PASSAGE], text: 'You stupid moron, read the page.', expected },
      { passages: ['Invoices are sent monthly.'], text: 'Call the bank and wait.', page: 'page-9.md', facts: ['link'] },
      { passages: [PASSAGE], text: 'I do not know.', refused: true, unanswerable: true },
    ]
    const rows = []
    for (const specimen of specimens) {
      const scores = await judge.score(judged(specimen), never)
      rows.push(
        JUDGED_METRICS.map((metric) => {
          const score = scores[metric]
          return score?.kind === 'score' ? score.value.toFixed(3) : score?.kind
        }).join(' '),
      )
    }
    // Faithfulness, relevance, correctness, toxicity, recall, precision, refusal. Other figures are another form.
    expect({ form: OFFLINE_JUDGE_FORM, rows }).toEqual({
      form: 1,
      rows: [
        '0.982 0.750 0.500 0.000 0.750 1.000 1.000',
        '0.007 0.250 0.566 0.000 1.000 none 1.000',
        '0.001 0.000 0.000 0.700 1.000 none 1.000',
        '0.001 0.000 0.000 0.000 0.000 0.000 1.000',
        'none none none 0.000 none none 1.000',
      ],
    })
  })

  it('and its embeddings are in its digest', () => {
    const embeddings: TextEmbeddings = {
      name: 'another',
      dimension: 1,
      embedQuery: async () => [1],
      embedDocuments: async (texts) => texts.map(() => [1]),
    }
    expect(judge.digest).toMatch(/^[0-9a-f]{8}$/)
    expect(createOfflineJudge().digest).toBe(judge.digest)
    expect(createOfflineJudge({ embeddings }).digest).not.toBe(judge.digest)
  })
})

describe('judges put together', () => {
  it('lets the later one override, errors included', async () => {
    const strict: Judge = { name: 'strict', score: async () => ({ faithfulness: failed('no'), cost: scored(1) }) }
    const both = combineJudges('both', [judge, strict])
    const scores = await both.score(judged({ passages: [PASSAGE] }), never)
    expect(both.name).toBe('both')
    expect(both.digest).not.toBe(combineJudges('both', [strict, judge]).digest)
    expect(scores.faithfulness).toEqual({ kind: 'error', why: 'no' })
    expect(scores.cost).toEqual({ kind: 'score', value: 1 })
    expect(scores.toxicity?.kind).toBe('score')
  })
})
