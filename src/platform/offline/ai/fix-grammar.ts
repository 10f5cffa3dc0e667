// Corrects what is surely wrong: spaces, doubled words, capitals, a and an, common typing errors. It says nothing anew.

const TYPOS: Readonly<Record<string, string>> = {
  teh: 'the',
  adn: 'and',
  taht: 'that',
  thier: 'their',
  recieve: 'receive',
  recieved: 'received',
  recieving: 'receiving',
  seperate: 'separate',
  seperately: 'separately',
  definately: 'definitely',
  occured: 'occurred',
  occuring: 'occurring',
  untill: 'until',
  wich: 'which',
  becuase: 'because',
  becasue: 'because',
  tommorow: 'tomorrow',
  tomorow: 'tomorrow',
  acess: 'access',
  accross: 'across',
  adress: 'address',
  alot: 'a lot',
  allready: 'already',
  arguement: 'argument',
  beleive: 'believe',
  calender: 'calendar',
  cant: "can't",
  couldnt: "couldn't",
  didnt: "didn't",
  doesnt: "doesn't",
  dont: "don't",
  enviroment: 'environment',
  existance: 'existence',
  freind: 'friend',
  goverment: 'government',
  happend: 'happened',
  havent: "haven't",
  hasnt: "hasn't",
  immediatly: 'immediately',
  im: "I'm",
  ive: "I've",
  isnt: "isn't",
  wasnt: "wasn't",
  wont: "won't",
  wouldnt: "wouldn't",
  shouldnt: "shouldn't",
  knowlege: 'knowledge',
  mispell: 'misspell',
  neccessary: 'necessary',
  necesary: 'necessary',
  noticable: 'noticeable',
  payed: 'paid',
  posible: 'possible',
  prefered: 'preferred',
  probaly: 'probably',
  realy: 'really',
  recomend: 'recommend',
  refered: 'referred',
  succesful: 'successful',
  sucess: 'success',
  suprise: 'surprise',
  thx: 'thanks',
  truely: 'truly',
  usefull: 'useful',
  warehosue: 'warehouse',
  wierd: 'weird',
  youre: "you're",
  pls: 'please',
  shoud: 'should',
  woudl: 'would',
  whould: 'would',
  wehn: 'when',
  waht: 'what',
  hte: 'the',
  yuo: 'you',
  tihs: 'this',
  invocie: 'invoice',
  pasword: 'password',
}
/** An hour, an MVP, a unit, a European: the sound counts, not the letter. */
const AN_ANYWAY = /^(?:hour|honest|honou?r|heir|[FHLMNRSX](?=[A-Z\d-]|$))/
const A_ANYWAY = /^(?:uni(?!n|m)|use|usu|usa|eu|one\b|once|ufo|ubi|U[A-Z\d])/i
/** Doubled on purpose or by grammar. */
const MAY_DOUBLE = new Set([
  'had',
  'that',
  'very',
  'so',
  'no',
  'really',
  'bye',
  'ha',
  'many',
  'is',
  'much',
  'far',
  'long',
])

function likeCase(model: string, word: string): string {
  return /^\p{Lu}/u.test(model) ? `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}` : word
}

function article(text: string): string {
  return text.replace(/\b([Aa])(n?) (?=([\p{L}\d-]+))/gu, (whole, a: string, n: string, next: string) => {
    if (/^\d|^\p{Lu}{1,2}\b/u.test(next) || next.length < 2) return whole
    const isAn = AN_ANYWAY.test(next) || (/^[aeiou]/i.test(next) && !A_ANYWAY.test(next))
    return isAn === (n === 'n') ? whole : `${a}${isAn ? 'n' : ''} `
  })
}

/** Codes, addresses and quoted code are left as they are. */
export function fixGrammar(content: string): string {
  return content
    .split(/(`[^`\n]{0,500}`|https?:\/\/\S{1,2000}|\S{1,64}@\S{1,200})/g)
    .map((part, i) => (i % 2 === 1 ? part : fixPlain(part, i === 0)))
    .join('')
}

function fixPlain(text: string, isStart: boolean): string {
  const words = text
    .replace(/[^\S\n]{2,}/g, ' ')
    .replace(/[^\S\n]+([,;!?](?=\s|$)|\.(?=\s|$))/g, '$1')
    .replace(/\b(\p{L}+)( \1\b)+/giu, (whole, word: string) => (MAY_DOUBLE.has(word.toLowerCase()) ? whole : word))
    .replace(/(?<![\w@#/.'’-])[a-z']+(?![\w@'’-]|\.\w)/gi, (word) => {
      const right = Object.hasOwn(TYPOS, word.toLowerCase()) ? TYPOS[word.toLowerCase()] : undefined
      return right === undefined ? word : likeCase(word, right)
    })
    .replace(/(?<![\w'’.-])i(?=$|[\s,!?]|['’](?:m|ve|ll|d)\b)/g, 'I')
  return article(words).replace(
    /(^\s*|[.!?]\s+)(\p{Ll})(?=\p{L}*[\s,.!?'’]|\p{L}*$)/gu,
    (whole, lead: string, letter: string, at: number) => (at > 0 || isStart ? `${lead}${letter.toUpperCase()}` : whole),
  )
}
