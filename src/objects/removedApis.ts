/**
 * Which API versions Kubernetes took away, and what serves the same objects since, up to 1.37: the
 * releases that `APILifecycleRemoved` names in k8s.io/api's zz_generated.prerelease-lifecycle.go, by
 * which a server decides what it serves; PodSecurityPolicy, whose types are gone from there, by
 * https://kubernetes.io/docs/reference/using-api/deprecation-guide/. Alpha versions are left out, as no
 * server serves them unless asked to, and so are kinds that no chart can hold: reviews, Scale, Eviction.
 */
export interface RemovedApi {
  readonly apiVersion: string;
  readonly kinds: readonly string[];
  /** The first 1.x that no longer serves it. */
  readonly minor: number;
  /** undefined: nothing replaces it. */
  readonly replacement: string | undefined;
}

export const removedApis: readonly RemovedApi[] = [
  // 1.16
  ...each(16, 'apps/v1', {
    'extensions/v1beta1': ['DaemonSet', 'Deployment', 'ReplicaSet'],
    'apps/v1beta1': ['ControllerRevision', 'Deployment', 'StatefulSet'],
    'apps/v1beta2': ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  }),
  ...each(16, 'networking.k8s.io/v1', { 'extensions/v1beta1': ['NetworkPolicy'] }),
  ...each(16, undefined, { 'extensions/v1beta1': ['PodSecurityPolicy'] }),
  // 1.22
  ...each(22, 'admissionregistration.k8s.io/v1', {
    'admissionregistration.k8s.io/v1beta1': [
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
    ],
  }),
  ...each(22, 'apiextensions.k8s.io/v1', {
    'apiextensions.k8s.io/v1beta1': ['CustomResourceDefinition'],
  }),
  ...each(22, 'apiregistration.k8s.io/v1', { 'apiregistration.k8s.io/v1beta1': ['APIService'] }),
  ...each(22, 'certificates.k8s.io/v1', {
    'certificates.k8s.io/v1beta1': ['CertificateSigningRequest'],
  }),
  ...each(22, 'coordination.k8s.io/v1', { 'coordination.k8s.io/v1beta1': ['Lease'] }),
  ...each(22, 'networking.k8s.io/v1', {
    'extensions/v1beta1': ['Ingress'],
    'networking.k8s.io/v1beta1': ['Ingress', 'IngressClass'],
  }),
  ...each(22, 'rbac.authorization.k8s.io/v1', {
    'rbac.authorization.k8s.io/v1beta1': [
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
    ],
  }),
  ...each(22, 'scheduling.k8s.io/v1', { 'scheduling.k8s.io/v1beta1': ['PriorityClass'] }),
  ...each(22, 'storage.k8s.io/v1', {
    'storage.k8s.io/v1beta1': ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'],
  }),
  // 1.25
  ...each(25, 'batch/v1', { 'batch/v1beta1': ['CronJob'] }),
  ...each(25, 'discovery.k8s.io/v1', { 'discovery.k8s.io/v1beta1': ['EndpointSlice'] }),
  ...each(25, 'events.k8s.io/v1', { 'events.k8s.io/v1beta1': ['Event'] }),
  ...each(25, 'autoscaling/v2', { 'autoscaling/v2beta1': ['HorizontalPodAutoscaler'] }),
  ...each(25, 'policy/v1', { 'policy/v1beta1': ['PodDisruptionBudget'] }),
  ...each(25, undefined, { 'policy/v1beta1': ['PodSecurityPolicy'] }),
  ...each(25, 'node.k8s.io/v1', { 'node.k8s.io/v1beta1': ['RuntimeClass'] }),
  // 1.26
  ...each(26, 'autoscaling/v2', { 'autoscaling/v2beta2': ['HorizontalPodAutoscaler'] }),
  ...flowControl(26, 'v1beta1'),
  // 1.27
  ...each(27, 'storage.k8s.io/v1', { 'storage.k8s.io/v1beta1': ['CSIStorageCapacity'] }),
  // 1.29, 1.32
  ...flowControl(29, 'v1beta2'),
  ...flowControl(32, 'v1beta3'),
  // 1.34
  ...each(34, 'admissionregistration.k8s.io/v1', {
    'admissionregistration.k8s.io/v1beta1': [
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ],
  }),
  // 1.37
  ...each(37, 'networking.k8s.io/v1', {
    'networking.k8s.io/v1beta1': ['IPAddress', 'ServiceCIDR'],
  }),
  ...each(37, 'storage.k8s.io/v1', { 'storage.k8s.io/v1beta1': ['VolumeAttributesClass'] }),
];

/** Its row of the table. */
export function removedApi({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): RemovedApi | undefined {
  return removedApis.find((api) => api.apiVersion === apiVersion && api.kinds.includes(kind));
}

function each(
  minor: number,
  replacement: string | undefined,
  kindsOf: { readonly [apiVersion: string]: readonly string[] },
): RemovedApi[] {
  return Object.entries(kindsOf).map(([apiVersion, kinds]) => ({
    apiVersion,
    kinds,
    minor,
    replacement,
  }));
}

function flowControl(minor: number, version: string): RemovedApi[] {
  const group = 'flowcontrol.apiserver.k8s.io';
  return each(minor, `${group}/v1`, {
    [`${group}/${version}`]: ['FlowSchema', 'PriorityLevelConfiguration'],
  });
}
