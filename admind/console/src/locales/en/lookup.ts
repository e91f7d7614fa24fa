import type zh from '../zh/lookup'
import type { Texts } from '../texts'

export default {
  title: 'Usage',
  lead: 'Enter your API key to see its limits and usage.',
  input: 'API key',
  placeholder: 'mmx-…',
  privacy: 'The key is used for this look-up only: it is in no URL and is not kept.',
  submit: 'Look up',
  malformed: 'The key is malformed: expected mmx- and 16 to 64 letters and digits',
  required: 'Enter your API key',
  unknown:
    'This API key is not valid. Check it for typing errors, or ask the administrator of this gateway.',
  too_many: 'Too many look-ups. Try again in {seconds} seconds.',
  clear: 'Clear',
  today: 'Today',
  month: 'This month',
  remaining: '{count} left',
  resets_at: 'Starts again {time}',
  expires_at: 'Expires',
  never: 'Never',
  last_used_at: 'Last used',
  not_used: 'Not used yet',
  chart: 'The last 30 days',
  csv_name: 'usage',
  columns: {
    date: 'Date',
    requests: 'Requests',
    refunds: 'Refunded',
    denied: 'Refused',
    failed: 'Failed',
  },
  status_text: {
    active: 'It works.',
    disabled: 'Disabled by the administrator: ask them to enable it.',
    expired: 'Expired: ask the administrator to extend it.',
    exhausted: 'Used up. It works again from {time}.',
  },
} satisfies Texts<typeof zh>
