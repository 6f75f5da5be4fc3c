/** Amounts as Kubernetes writes them: `1000m`, `1`, `500Mi`. */

const suffixes: Readonly<{ [suffix: string]: number }> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/**
 * What a text amounts to; undefined for what is no amount (apimachinery's resource.ParseQuantity).
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(text: string): number | undefined {
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i))?$/.exec(
    text,
  );
  const factor = suffixes[parts?.[3] ?? ''];
  return parts && factor !== undefined
    ? Number(`${parts[1]}${parts[2] ?? ''}`) * factor
    : undefined;
}
