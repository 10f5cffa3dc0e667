// A small set of tickets under labels whose names say little, so that only what is learned can tell them apart.
import type { LabelledRow } from '../../../../../src/platform/ports/ai-functions.ts'

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  queue_a: [
    'The invoice of May was charged twice to our card',
    'Please refund the second payment of our subscription',
    'Why does the bill hold a fee that nobody told us about?',
    'Our receipt shows the wrong VAT number',
    'The discount was not taken off the price',
    'We were billed for seats that we cancelled',
    'How do I change the credit card of the subscription?',
    'The payment failed although the card is valid',
    'Send us the invoices of last year as PDF',
    'The amount on the bill differs from the offer',
  ],
  queue_b: [
    'I forgot my password and the reset mail does not come',
    'The authenticator code is refused at login',
    'My account is locked after three attempts',
    'A new colleague cannot sign in with single sign-on',
    'Please remove the access of a person who left',
    'I lost the phone with the second factor',
    'The invitation link says that it has expired',
    'Which role may invite users?',
    'Login sends me back to the login page',
    'Change the mail address that I sign in with',
  ],
  queue_c: [
    'The dashboard crashes with an error when I open it',
    'The export stops halfway and the file is empty',
    'Since the update every page takes a minute to load',
    'The job fails with a timeout after one hour',
    'Charts show no data although the table has rows',
    'The app freezes when I drag a column',
    'An exception appears after saving the notebook',
    'The import duplicates rows of the table',
    'Notifications are sent twice since yesterday',
    'The search returns an internal server error',
  ],
}

export const TICKETS: readonly LabelledRow[] = Object.entries(TEXTS).flatMap(([label, texts]) =>
  texts.map((text) => ({ text, label })),
)
