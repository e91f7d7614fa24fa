import type zh from '../zh/settings'
import type { Texts } from '../texts'

export default {
  title: 'Settings',
  timezone: {
    label: 'Time zone',
    note: 'Days and months of the limits begin at 00:00 in this zone, and the console shows times in it.',
    now: 'It is now {time}',
    search: 'Type a city or the name of a zone',
    no_match: 'No such zone',
    warn_title: 'Another zone moves the borders of today and of this month',
    warn_day:
      'Where it is another day there at this moment, every key goes on from what that day has counted already.',
    warn_month: 'Where it is another month there, the same holds for the month.',
    warn_history: 'Days that are recorded keep their dates; they are not divided anew.',
    confirm_title: 'Change the time zone?',
    confirm: 'From {from} to {to}, at once and on every gateway.',
    confirm_action: 'Change the zone',
  },
  defaults: {
    title: 'Default limits of new API keys',
    note: 'Filled in when a key is created, and changed there at will. Keys that exist are not affected. 0 is unlimited.',
    day: 'Daily limit',
    month: 'Monthly limit',
  },
  retention: {
    title: 'How long usage is kept',
    label: 'Days',
    note: 'Usage by day is deleted after so many days, 62 to 3660. A shorter time holds for what is written from then on.',
    unit: 'days',
  },
  refunds: {
    title: 'Refunds',
    label: 'Per key and day',
    note: 'What MiniMax fails is given back so many times, or a tenth of the key’s limit where that is more. Beyond it a failure counts. What is our own account’s fault is always given back.',
    unit: 'times',
  },
  refusals: {
    title: 'What refusals say',
    note: 'Refusals are told in the language that a client asks for, or else in this one. The contact stands behind them.',
    language: 'Default language',
    contact: 'Contact',
    contact_hint: 'Such as: ask Wang, extension 8001',
    contact_wrong: 'At most 200 bytes, without line breaks or other control characters',
  },
  languages: { zh: 'Chinese', en: 'English' },
  confirm_title: 'Save the changes?',
  save: 'Save changes',
  reset: 'Undo',
  saved: 'The settings are saved',
  unsaved: 'There are unsaved changes',
  range: 'Enter a whole number from {min} to {max}',
  integer: 'Enter a whole number, 0 or more',
  viewer: 'You may read the settings, not change them.',
} satisfies Texts<typeof zh>
