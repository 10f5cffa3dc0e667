// Knows sentences that speak to whoever classifies and not to the people of support: they are data, and no evidence.

/** What such a sentence speaks about. */
const RULES =
  '(?:instructions?|directions?|labels?|rules|prompts?|guidelines|categories|context|anweisungen|etiketten|kategorien|instrucciones|etiquetas|istruzioni|étiquettes|instruções)'
const SPOKEN_TO = '(?:ai|a\\.i\\.|llm|gpt|chatgpt|claude|assistant|bot|chatbot|(?:language )?model|classifier|robot)'

const INJECTIONS: readonly RegExp[] = [
  new RegExp(
    `\\b(?:ignor\\p{L}{0,6}|disregard|forget|override|overrule|bypass|skip|do not follow|don't follow|vergiss|oublie\\p{L}{0,3}|olvida)\\b[^.!?\\n]{0,60}${RULES}`,
    'iu',
  ),
  new RegExp(`\\b(?:new|updated|real|actual|hidden|secret|following|system|developer) ${RULES}\\b`, 'iu'),
  new RegExp(`\\b(?:dear|hey|hi|hello|note to|attention|message to|to) (?:the |any |all |my )?${SPOKEN_TO}\\b`, 'iu'),
  new RegExp(`\\byou are (?:now |no longer |only )?(?:an? |the |my )?[^.!?\\n]{0,30}\\b${SPOKEN_TO}\\b`, 'iu'),
  new RegExp(`\\bas an? ${SPOKEN_TO}\\b`, 'iu'),
  /\b(?:classify|categori[sz]e|summari[sz]e|label|tag|mark|rate|rank|file) (?:this|it|me|that|everything|all|the (?:ticket|message|text|other|rest))\b[^.!?\n]{0,40}\b(?:as|under|with|into)\b/iu,
  /\b(?:answer|respond|reply|output|return|print|say|write|choose|pick|select|extract|summari[sz]e)\b(?: (?:only|just|exactly|always|strictly|with|in|as|the|word|label|value|category|this|it)\b){1,5} ?:? ?["'`{[]?(?:billing|technical|account_access|feature_request|other|json|yes|no|null|hacked|pwned|ok|label|category|word)\b/iu,
  /\banswer:? ["'`]?(?:billing|technical|account_access|feature_request|other)\b/iu,
  /\b(?:category|label|class|urgency(?:_level)?|response|confidence|error_code|product_name)\b["'`]?\s{0,3}(?:[:=]|must be|should be|is always|has to be)\s{0,3}["'`[{\w]/iu,
  /"(?:role|response|category|label|labels|error_message|content)"\s{0,3}:/iu,
  /<\|?\/?(?:im_start|im_end|system|endoftext|assistant|user)\|?>|\[\/?(?:INST|SYS)\]|<<\/?SYS>>|^\s{0,8}#{1,4} ?(?:system|instructions?|assistant|response|task)\b/imu,
  /^\W{0,4}(?:system|assistant|developer|user|human|ai)\s{0,2}(?:prompt|message|note)?\s{0,2}:/imu,
  /\b(?:system prompt|prompt injection|developer mode|jailbreak|do anything now|reveal your|your (?:prompt|instructions|training data))\b/iu,
  /\b(?:end|begin|start) of (?:the )?(?:ticket|content|document|user input|data|text)\b/iu,
]

/** True where the sentence tells a model what to do. A person asking support for something does not count. */
export function speaksToModel(sentence: string): boolean {
  return INJECTIONS.some((pattern) => pattern.test(sentence))
}
