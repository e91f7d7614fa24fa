// The words of openapi.yaml, as types.

import type { components, operations } from './schema'

type Schemas = components['schemas']

export type Session = Schemas['Session']
export type Key = Schemas['Key']
export type KeyPage = Schemas['KeyPage']
export type KeyStatus = Schemas['KeyStatus']
export type Usage = Schemas['Usage']
export type NewKey =
  operations['createKeys']['responses']['201']['content']['application/json']['keys'][number]
export type RotatedKey = operations['rotateKey']['responses']['200']['content']['application/json']
