// Recognises what needs no documentation: a greeting, thanks, or a question about the bot itself.

const COURTESY =
  /^(?:(?:hi|hiya|hello|hey|howdy|good (?:morning|afternoon|evening|day)|greetings|hallo|hola|bonjour|servus|thanks|thank you|thx|ty|cheers|danke|merci|gracias|bye|goodbye|see you|good night|ok|okay|great|perfect|awesome|nice|cool|got it|sounds good|that helps|that helped|that works|that worked|it works|it worked)(?: (?:there|all|everyone|team|bot|lakedesk|again|so much|very much|a lot|a bunch|for (?:the|your) help|much))*)(?: (?:thanks|thank you))?$/
const ABOUT_ITSELF =
  /^(?:help|who are you|what are you|what(?:'s| is) your name|what can you do(?: for me)?|what do you do|what can i ask(?: you)?|how (?:do|can) (?:i|we) use (?:you|this bot)|how do you work|are you (?:a |an )?(?:bot|human|robot|ai)|how are you(?: doing)?(?: today)?)$/

/** True where every sentence of the message is a courtesy or asks about the bot, so that an answer may stand uncited. */
export function isSmallTalk(text: string): boolean {
  const sentences = text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}'.!?,;\n ]/gu, ' ')
    .split(/[.!?,;\n]+/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '')
  return sentences.length > 0 && sentences.every((sentence) => COURTESY.test(sentence) || ABOUT_ITSELF.test(sentence))
}
