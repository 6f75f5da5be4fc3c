/** Records in Secrets: Helm 3's and 4's default, and Tiller's with `--storage=secret`. */
import type { KubeApi } from '../kube/api.ts';
import { type KubernetesOptions, openKubernetes } from './kubernetes.ts';
import type { Storage } from './storage.ts';

export function openSecrets(api: KubeApi, options: KubernetesOptions = {}): Storage {
  return openKubernetes(api, { kind: 'Secret', resource: 'secrets', type: 'secret' }, options);
}
