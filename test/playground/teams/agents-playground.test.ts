// The activities of our people beside those that Microsoft 365 Agents Playground 0.2.28 sent to a recording bot, field by field.
import { describe, expect, it } from 'vitest'
import { pathsOf, RECORDED, recordOurPeople } from './recorded-deeds.ts'

describe('what our people send', () => {
  it('has every field that the Agents Playground sends', async () => {
    const ours = await recordOurPeople()
    expect(Object.keys(ours)).toEqual(Object.keys(RECORDED))
    for (const [what, paths] of Object.entries(RECORDED)) {
      const sent = new Set(pathsOf(ours[what]))
      expect({ what, missing: paths.filter((path) => !sent.has(path)) }).toEqual({ what, missing: [] })
    }
  })

  it('has beyond them what documentation states and the Agents Playground leaves out', async () => {
    const ours = await recordOurPeople()
    expect(ours['Action.Execute']).toMatchObject({ value: { trigger: 'manual' } })
    expect(ours.feedback).toMatchObject({
      replyToId: expect.any(String),
      value: { actionValue: { feedback: '{"feedbackText":"good one"}' } },
    })
    expect(ours['message extension']).toMatchObject({
      value: { commandContext: 'message', messagePayload: { id: expect.any(String) } },
    })
    expect(ours.message).toMatchObject({ attachments: [{ contentType: 'text/html' }] })
  })
})
