// The switch between the people whose eyes the page looks through.
import { seat, seatId } from '../state/seat.ts'
import { seats } from '../state/store.ts'
import { Avatar } from './avatar.tsx'

const ROLE_WORDS = { support: 'Support', engineer: 'Engineer', approver: 'Approver' } as const

export function SeatSwitch() {
  return (
    <fieldset class="seat-switch">
      <legend>You are</legend>
      {seats.value.map(({ id, name, role, about }) => (
        <label key={id} class={`seat tone-${role}`} title={about} data-on={id === seat.value.id}>
          <input
            type="radio"
            name="seat"
            aria-label={`${name}, ${ROLE_WORDS[role]}`}
            value={id}
            checked={id === seat.value.id}
            onChange={() => {
              seatId.value = id
            }}
          />
          <Avatar who={id} size={28} />
          <span class="seat-name">{name}</span>
          <span class="seat-role">{ROLE_WORDS[role]}</span>
        </label>
      ))}
    </fieldset>
  )
}
