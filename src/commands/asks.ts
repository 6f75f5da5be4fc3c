/**
 * What each command asks of the API server: the one table behind `rbac`, docs/rbac.md, the tests, and
 * the check before a migration's first write.
 */
import type { Need } from '../kube/access.ts';

export interface Ask {
  readonly verb: Need['verb'];
  readonly on:
    | 'the records read'
    | 'Helm 2 records'
    | 'Helm 3 records'
    | 'the records restored'
    | "the target's namespaces";
  readonly why: string;
  /** Only with this flag. */
  readonly flag?: 'delete-v2-releases';
  /** Refused, it is done without. */
  readonly optional?: true;
}

const reads: readonly Ask[] = [
  { verb: 'list', on: 'the records read', why: 'which releases and revisions there are' },
  { verb: 'get', on: 'the records read', why: 'what single records hold' },
];

/** By command. One that isn't here asks nothing of an API server. */
export const asks = {
  list: reads,
  history: reads,
  get: reads,
  migrate2to3: [
    { verb: 'list', on: 'Helm 2 records', why: 'what there is to migrate, and whether it changed' },
    { verb: 'get', on: 'Helm 2 records', why: 'the backup', flag: 'delete-v2-releases' },
    { verb: 'delete', on: 'Helm 2 records', why: 'after verification', flag: 'delete-v2-releases' },
    { verb: 'list', on: 'Helm 3 records', why: 'what the target holds already' },
    { verb: 'create', on: 'Helm 3 records', why: 'the migrated records' },
    { verb: 'get', on: 'Helm 3 records', why: 'reading back what was written' },
    {
      verb: 'get',
      on: "the target's namespaces",
      why: 'a namespace that is missing or being deleted is named in the plan',
      optional: true,
    },
  ],
  restore: [
    { verb: 'get', on: 'the records restored', why: 'what is there, and reading back' },
    { verb: 'create', on: 'the records restored', why: 'the missing records' },
    {
      verb: 'get',
      on: "the target's namespaces",
      why: 'a namespace that is missing or being deleted is named in the plan',
      optional: true,
    },
  ],
} as const satisfies { readonly [command: string]: readonly Ask[] };

export type AskingCommand = keyof typeof asks;

export function isAsking(command: string): command is AskingCommand {
  return Object.hasOwn(asks, command);
}
