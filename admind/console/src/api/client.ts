// The one place that talks to the daemon. Every failure is an ApiError with a code that the
// locales know; nothing is ever sent twice.

import { consolePath } from '@/address'

import { isUntouched } from './activity'

const BASE = '../api/v1' // of the console's path, which knows the front's
const TIMEOUT_MS = 30_000
const EXPORT_TIMEOUT_MS = 600_000 // 100,000 keys over a slow line

export class ApiError extends Error {
  constructor(
    readonly code: string, // of openapi.yaml's Error, or: network, timeout, bad_answer
    message: string, // the daemon's own sentence, in English
    readonly status = 0,
    readonly field?: string,
    readonly retryAfter?: number, // seconds
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export type Query = Record<string, string | number | undefined>

export interface RequestOptions {
  query?: Query
  body?: object
  headers?: Record<string, string>
  ifMatch?: string // the tag of what was looked at: refused if it was changed since
  signal?: AbortSignal
  background?: boolean // a refresh that nobody asked for
  anonymous?: boolean // a 401 is an answer, and not the end of the session
  timeout_ms?: number // of the whole exchange
}

// What is loaded is asked for like this.
export type Loading = Pick<RequestOptions, 'signal' | 'background'>

// With the entity tag that the daemon gave it, for ifMatch.
export interface Tagged<T> {
  value: T
  tag: string | undefined
}

let csrfToken: string | null = null
let onSessionEnd: (isBackground: boolean) => void = () => undefined

export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

export function whenSessionEnds(handler: (isBackground: boolean) => void): void {
  onSessionEnd = handler
}

function addressOf(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return consolePath() + BASE + path + (text ? `?${text}` : '')
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  return (await requestTagged<T>(method, path, options)).value
}

export async function requestTagged<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Tagged<T>> {
  const response = await send(method, path, options)
  if (!response.ok) throw await refusalOf(response, options)
  const value = (await answerOf(response)) as T
  return { value, tag: response.headers.get('ETag') ?? undefined }
}

// The answer of a CSV export.
export async function download(path: string, options: RequestOptions = {}): Promise<Blob> {
  const response = await send('GET', path, { timeout_ms: EXPORT_TIMEOUT_MS, ...options })
  if (!response.ok) throw await refusalOf(response, options)
  try {
    return await response.blob()
  } catch {
    throw new ApiError('bad_answer', 'the answer was cut', response.status)
  }
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  // Both end the reading of the answer too.
  const timeout = AbortSignal.timeout(options.timeout_ms ?? TIMEOUT_MS)
  const stop = new AbortController()
  const abort = () => stop.abort()
  timeout.addEventListener('abort', abort)
  options.signal?.addEventListener('abort', abort)
  if (options.signal?.aborted) abort()
  try {
    return await fetch(addressOf(path, options.query), {
      method,
      headers: headersOf(method, options),
      body: method === 'GET' ? undefined : JSON.stringify(options.body ?? {}),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: stop.signal,
    })
  } catch (error) {
    if (timeout.aborted) throw new ApiError('timeout', 'no answer in time')
    if (options.signal?.aborted) throw error
    throw new ApiError('network', 'the daemon was not reached')
  }
}

function headersOf(method: string, options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json'
    if (csrfToken) headers['X-CSRF-Token'] = csrfToken
  }
  if (options.ifMatch !== undefined) headers['If-Match'] = options.ifMatch
  if (options.background && isUntouched()) headers['X-Mmx-Background'] = '1'
  return headers
}

async function answerOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  try {
    return await response.json()
  } catch {
    throw new ApiError('bad_answer', 'the answer was cut or is not JSON', response.status)
  }
}

// A refusal may be the end of the session, which is told as well.
async function refusalOf(response: Response, options: RequestOptions): Promise<ApiError> {
  const error = await errorOf(response)
  if (error.status === 401 && error.code === 'unauthenticated' && !options.anonymous) {
    onSessionEnd(options.background ?? false)
  }
  return error
}

async function errorOf(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get('Retry-After')) || undefined
  try {
    const { error } = (await response.json()) as {
      error: { code: string; message: string; field?: string }
    }
    return new ApiError(error.code, error.message, response.status, error.field, wait)
  } catch {
    const code = response.status >= 502 && response.status <= 504 ? 'network' : 'bad_answer'
    return new ApiError(code, `status ${response.status}`, response.status, undefined, wait)
  }
}

export function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'changed_meanwhile'
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
