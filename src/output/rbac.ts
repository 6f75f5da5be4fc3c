/** Needs as RBAC objects: a Role for each namespace, a ClusterRole for what is needed in all. */

import { toYaml } from '../go/yaml/write.ts';
import type { Json } from '../json.ts';
import { type Need, resourceWord, scopeWord } from '../kube/access.ts';

const group = 'rbac.authorization.k8s.io';
/** As kubectl prints verbs and people read them. */
const verbOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

/** @param name of every object: a role and its binding, in each namespace */
export function rbacObjects(
  needs: readonly Need[],
  name: string,
  subjects: readonly Subject[],
): Json[] {
  const scopes = [...new Set(needs.map(({ namespace }) => namespace ?? ''))].sort();
  return scopes.flatMap((namespace) => {
    const inScope = needs.filter((need) => (need.namespace ?? '') === namespace);
    const kind = namespace === '' ? 'ClusterRole' : 'Role';
    const head = {
      apiVersion: `${group}/v1`,
      metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    };
    const role = { ...head, kind, rules: rules(inScope) };
    if (subjects.length === 0) return [role];
    const roleRef = { apiGroup: group, kind, name };
    return [role, { ...head, kind: `${kind}Binding`, roleRef, subjects: subjects.map(subject) }];
  });
}

function subject(one: Subject): Json {
  return one.kind === 'ServiceAccount' ? { ...one } : { apiGroup: group, ...one };
}

/** Resources of one group with the same verbs share a rule. */
function rules(needs: readonly Need[]): Json[] {
  const kinds = new Map(needs.map((need) => [`${need.group ?? ''}/${need.resource}`, need]));
  const byVerbs = new Map<string, { apiGroups: string[]; resources: string[]; verbs: string[] }>();
  for (const [kind, { group: apiGroup = '', resource }] of [...kinds].sort()) {
    const verbs = verbOrder.filter((verb) =>
      needs.some((need) => `${need.group ?? ''}/${need.resource}` === kind && need.verb === verb),
    );
    const id = `${apiGroup} ${verbs.join()}`;
    const rule = byVerbs.get(id) ?? { apiGroups: [apiGroup], resources: [], verbs };
    rule.resources.push(resource);
    byVerbs.set(id, rule);
  }
  return [...byVerbs.values()];
}

/** Documents for `kubectl apply -f -`, below lines of comment. */
export function rbacYaml(objects: readonly Json[]): string {
  return objects.map((object) => `---\n${toYaml(object)}`).join('');
}

/** What is left out, as comments: the resources with a verb in a line. */
export function leftOutComment(needs: readonly Need[]): string {
  if (needs.length === 0) return '';
  const lines = new Map<string, { need: Need; resources: string[] }>();
  for (const need of needs) {
    const id = `${need.verb} ${scopeWord(need)}`;
    const line = lines.get(id) ?? { need, resources: [] };
    line.resources.push(resourceWord(need));
    lines.set(id, line);
  }
  const text = [...lines.values()].map(
    ({ need, resources }) => `#   ${need.verb} ${resources.join(', ')} ${scopeWord(need)}\n`,
  );
  return `# Not needed, and used where it is allowed (--optional adds it):\n${text.join('')}`;
}
