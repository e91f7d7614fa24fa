// A locale has the texts of another: as many, under the same names.
export type Texts<T> = { [Name in keyof T]: T[Name] extends string ? string : Texts<T[Name]> }
