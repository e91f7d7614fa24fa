import type zh from '../zh/overview'
import type { Texts } from '../texts'

export default {
  title: 'Overview',
  stale_since: 'Cannot be updated at the moment; as of {time}',
  requests: 'Requests',
  updated_at: 'Updated {time}',
  cards: {
    today: 'Requests today',
    today_note: 'Yesterday {count}',
    month: 'Requests this month',
    month_note: '{count} a day',
    denied: 'Refused today',
    denied_note: 'Limit used up, disabled, expired or network not allowed. At present:',
    denied_keys: '{count} {status}',
    denied_none: 'no API key is held back',
    failed: 'Failed today',
    failed_note: '{share} of all, each refunded',
    failed_part: '{share} of all, {count} of them refunded',
    failed_none: 'MiniMax had no failure',
    keys: 'API keys in use',
    keys_note: 'Of {count}',
  },
  counted: 'Counted',
  failed: 'Failed',
  failed_of: '{count} ({share})',
  upstream: {
    title: 'MiniMax refuses our account',
    count: '{count} requests failed of it today; they were refunded, and count against no user.',
    reason: 'MiniMax answers HTTP {status}',
    reason_code: 'MiniMax answers HTTP {status}, code {code}',
    times: 'First {first}, last {last}',
    key: 'The master key is not valid: replace it.',
    balance: 'The account is out of balance, or its plan is used up: top it up at MiniMax.',
    account: 'See what MiniMax says of the state and the rights of the account.',
  },
  finding_other: 'The check found something: {subject}',
  finding_check: 'mmx-admind check on the server says more.',
  trend: 'Requests of the last 30 days',
  trend_empty: 'No requests in the last 30 days',
  busiest: 'Busiest API keys today',
  busiest_empty: 'No requests yet today',
  busiest_all: 'Show all',
  warnings: 'To be acted on',
  advice: 'What to do: ',
  goto: 'Act on it',
  findings: {
    master_key: {
      title: 'There is no usable master key',
      advice: 'Set it on the page Master key. Until then the gateway answers 503 to every request.',
    },
    redis: {
      title: 'Redis cannot be reached',
      advice: 'See whether Redis runs. Until then the gateway refuses every request.',
    },
    redis_appendonly: {
      title: 'The append-only file of Redis is off: a crash forgets counts',
      advice: 'Set appendonly yes in redis.conf and restart Redis.',
    },
    redis_maxmemory_policy: {
      title: 'Redis may drop keys and counts when memory is short',
      advice: 'Set maxmemory-policy noeviction in redis.conf.',
    },
    clock: {
      title: 'The clocks of Redis and of this machine differ',
      advice: 'Run NTP on both. Quota days follow the clock of Redis.',
    },
    redis_version: {
      title: 'This Redis is too old',
      advice: 'Install Redis 6 or later, or Valkey.',
    },
    redis_cluster: { title: 'Redis is in cluster mode', advice: 'Use a standalone Redis.' },
    redis_role: { title: 'This Redis is a read-only replica', advice: 'Name its primary.' },
    redis_rights: {
      title: 'The Redis user lacks rights',
      advice: 'Give it these commands on mmx:* with ACL SETUSER.',
    },
    settings: { title: 'This Redis has not been set up', advice: 'Run mmx-admind init.' },
    secret_file: {
      title: 'Something is wrong with the secret file',
      advice: 'Put back the file this Redis was set up with. Every sealed key depends on it.',
    },
    time_zone: {
      title: 'This machine does not know the time zone that is set',
      advice: 'Install tzdata, or choose another zone on the page Settings.',
    },
    keys: { title: 'There are no API keys yet', advice: 'Create one on the page API keys.' },
    records: { title: 'Some key records are wrong', advice: 'Correct or delete those keys.' },
    sealed_keys: {
      title: 'Some API keys cannot be opened',
      advice: 'See whether the secret file was replaced.',
    },
    audit_trail: {
      title: 'The audit trail was altered',
      advice: 'Find out who can write to this Redis besides the gateway.',
    },
  },
} satisfies Texts<typeof zh>
