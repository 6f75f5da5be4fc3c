/**
 * The live objects that a plan adopts, with what they had before. `restore` brings back records, not
 * this: whoever wants an object as it was sets these three again, or takes away those it didn't have.
 */
import { printable } from '../../errors.ts';
import { type AdoptStep, isMovable, type Plan } from '../../migrate/plan.ts';

export const adoptionHeaders = ['Release', 'Adopted object', 'Its ownership before'] as const;

/** One row an object, safe to print. */
export function adoptionRows(plan: Plan): string[][] {
  return plan.releases
    .filter(isMovable)
    .flatMap(({ name, steps }) =>
      steps.flatMap((step) =>
        step.do === 'adopt' ? [[printable(name, 63), objectTitle(step), beforeText(step)]] : [],
      ),
    );
}

function objectTitle({ object: { kind, namespace, name } }: AdoptStep): string {
  return printable(`${kind} ${namespace ? `${namespace}/` : ''}${name}`, 200);
}

function beforeText({ before }: AdoptStep): string {
  const had = Object.entries(before).map(([key, value]) => `${key}: ${printable(value, 63)}`);
  return had.length > 0 ? had.join(', ') : 'none';
}
