import type zh from '../zh/key'
import type { Texts } from '../texts'

export default {
  title: 'API key',
  limits: 'Usage and limits',
  windows: { day: 'Today', month: 'This month' },
  remaining: '{count} left',
  about: 'About this API key',
  unused: 'never',
  facts: {
    user: 'User',
    note: 'Note',
    last_used: 'Last used',
    expires: 'Expires',
    networks: 'Allowed networks',
    created: 'Created',
    grace: 'Old API key works until',
    id: 'Key ID',
  },
  usage: 'Requests by day',
  date: 'Day',
  total: 'Total',
  columns: {
    requests: 'Requests',
    denied: 'Refused',
    failed: 'Failed',
    refunds: 'Refunded',
    prompt_tokens: 'Input tokens',
    completion_tokens: 'Output tokens',
    cached_tokens: 'Cached tokens',
  },
} satisfies Texts<typeof zh>
