// Accounts, sessions and API tokens. `password` is always that of whoever asks.

import { request, type Loading } from './client'
import type { components } from './schema'

type Schemas = components['schemas']

export type Role = Schemas['Role']
export type User = Schemas['User']
export type OpenSession = Schemas['OpenSession']
export type Token = Schemas['Token']
export type Scope = Schemas['Scope']

export async function listUsers(loading: Loading): Promise<User[]> {
  return (await request<{ users: User[] }>('GET', '/users', loading)).users
}

export async function addUser(
  name: string,
  role: Role,
  newPassword: string,
  password: string,
): Promise<User> {
  const body = { name, role, new_password: newPassword, password }
  return (await request<{ user: User }>('POST', '/users', { body })).user
}

export async function changeUser(
  { name, etag }: User,
  change: { role?: Role; new_password?: string; keep_tokens?: boolean },
  password: string,
): Promise<User> {
  const options = { body: { ...change, password }, ifMatch: etag }
  const path = `/users/${encodeURIComponent(name)}`
  return (await request<{ user: User }>('PATCH', path, options)).user
}

export function deleteUser(name: string, password: string): Promise<void> {
  return request('DELETE', `/users/${encodeURIComponent(name)}`, { body: { password } })
}

// keepTokens: those that the account made.
export function changeOwnPassword(
  password: string,
  newPassword: string,
  keepTokens: boolean,
): Promise<void> {
  const body = { password, new_password: newPassword, keep_tokens: keepTokens }
  return request('POST', '/session/password', { body })
}

export async function listSessions(loading: Loading): Promise<OpenSession[]> {
  return (await request<{ sessions: OpenSession[] }>('GET', '/sessions', loading)).sessions
}

export function endSession(id: string, password: string): Promise<void> {
  return request('DELETE', `/sessions/${id}`, { body: { password } })
}

export async function listTokens(loading: Loading): Promise<Token[]> {
  return (await request<{ tokens: Token[] }>('GET', '/tokens', loading)).tokens
}

// expiresAt: seconds since 1970; null: never. The secret is in this answer and nowhere else.
export function createToken(
  name: string,
  role: Role,
  scopes: Scope[],
  expiresAt: number | null,
  password: string,
): Promise<{ token: Token; secret: string }> {
  const body = { name, role, scopes, expires_at: expiresAt, password }
  return request('POST', '/tokens', { body })
}

export function deleteToken(id: string): Promise<void> {
  return request('DELETE', `/tokens/${id}`)
}
