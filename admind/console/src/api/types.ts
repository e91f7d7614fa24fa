// The words of openapi.yaml, as types.

import type { components } from './schema'

type Schemas = components['schemas']

export type Role = Schemas['Role']
export type Session = Schemas['Session']
export type Key = Schemas['Key']
export type KeyPage = Schemas['KeyPage']
export type KeyStatus = Schemas['KeyStatus']
export type QuotaWindow = Schemas['Window']
export type Figures = Schemas['Figures']
export type DayFigures = Schemas['DayFigures']
export type Usage = Schemas['Usage']
