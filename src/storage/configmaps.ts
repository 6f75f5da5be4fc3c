/** Records in ConfigMaps: Tiller's default, and Helm 3's and 4's with HELM_DRIVER=configmap. */
import type { KubeApi } from '../kube/api.ts';
import { type KubernetesOptions, openKubernetes } from './kubernetes.ts';
import type { Storage } from './storage.ts';

export function openConfigMaps(api: KubeApi, options: KubernetesOptions = {}): Storage {
  return openKubernetes(
    api,
    { kind: 'ConfigMap', resource: 'configmaps', type: 'configmap' },
    options,
  );
}
