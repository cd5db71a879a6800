/**
 * The types of Photocode's `/v1`, by readable names: `Lookup`, `Candidate`, `Problem`, `Code` ... as they are called in
 * `openapi.json`, and below what belongs to operations.
 */
export * from "./api";

import type { operations } from "./api";

/** `lookUp`, `confirmLookup`, `startImport` ... */
export type OperationId = keyof operations;

type Statuses<Id extends OperationId> = operations[Id]["responses"];
type Body<Answer> = Answer extends { content: infer Content extends object } ? Content[keyof Content] : undefined;
type Success = 200 | 201 | 202 | 204;

/** What an operation answers with where it succeeds: `Answer<"lookUp">` is `Lookup`; `undefined` where it says nothing. */
export type Answer<Id extends OperationId> = Body<Statuses<Id>[keyof Statuses<Id> & Success]>;

/** What can be asked for in an operation's address, behind the `?`: `Query<"findSimilar">["partNumber"]`. */
export type Query<Id extends OperationId> = NonNullable<operations[Id]["parameters"]["query"]>;

/** What an operation takes as JSON: `Json<"confirmLookup">` is `NewConfirmation`. */
export type Json<Id extends OperationId> = operations[Id] extends {
  requestBody?: { content: { "application/json": infer Given } };
}
  ? Given
  : never;

/** What a lookup is told beside its photos: the JSON part `request` of a form, or a JSON body in place of photos. */
export type LookupOptions = Json<"lookUp">;
