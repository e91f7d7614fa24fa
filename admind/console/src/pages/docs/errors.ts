// The errors a client may see. Meaning and advice stand in the texts, under `docs.errors.<id>`.

export interface ErrorRow {
  id: string
  status: string
  code: string
  isRefunded: boolean // MiniMax failed, so the request is not counted
}

// The gateway's own refusals: none of them is counted.
export const refusals: ErrorRow[] = [
  { id: 'invalid_key', status: '401', code: 'invalid_api_key', isRefunded: false },
  { id: 'not_offered', status: '404', code: 'endpoint_not_offered', isRefunded: false },
  { id: 'disabled', status: '403', code: 'key_disabled', isRefunded: false },
  { id: 'expired', status: '403', code: 'key_expired', isRefunded: false },
  { id: 'address', status: '403', code: 'address_not_allowed', isRefunded: false },
  { id: 'quota', status: '429', code: 'insufficient_quota', isRefunded: false },
  { id: 'unavailable', status: '503', code: 'gateway_unavailable', isRefunded: false },
  { id: 'no_master', status: '503', code: 'upstream_not_configured', isRefunded: false },
  { id: 'no_address', status: '503', code: 'upstream_unresolved', isRefunded: false },
  { id: 'account', status: '503', code: 'upstream_rejected_gateway', isRefunded: false },
]

// MiniMax's own answers, which the gateway passes on as they are. It goes by
// the code, else by the HTTP status, when it gives a request back.
export const upstreamErrors: ErrorRow[] = [
  { id: 'bad_request', status: '400', code: '2013', isRefunded: false },
  { id: 'sensitive', status: '422', code: '1026', isRefunded: false },
  {
    id: 'upstream_rate',
    status: '429',
    code: '1002 · 1039 · 1041 · 2045',
    isRefunded: true,
  },
  {
    id: 'upstream_fault',
    status: '500 · 502 · 504',
    code: '1000 · 1013 · 1024 · 1033',
    isRefunded: true,
  },
  { id: 'overloaded', status: '529', code: '2064', isRefunded: true },
]
