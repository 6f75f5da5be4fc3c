/**
 * What an API server takes as a Secret's or ConfigMap's metadata, beside its size: pkg/apis/core/validation
 * and apimachinery's api/validation. A folder, a database or a pipe may hold more.
 */
import { printable } from '../errors.ts';
import { isLabelName, isLabelValue, isNamespaceName, isObjectName } from '../names.ts';
import type { RecordMeta, ReleaseRecord } from '../record.ts';

/** TotalAnnotationSizeLimitB, in bytes. */
const maxAnnotations = 256 * 1024;

/** Why no API server takes it, safe to print; undefined where one does. */
export function unholdable(
  record: RecordMeta & Pick<ReleaseRecord, 'annotations'>,
): string | undefined {
  const { namespace, key, labels, annotations = {} } = record;
  const named = (name: string) => printable(name, 80) || '""';
  if (!isNamespaceName(namespace))
    return `Kubernetes takes no namespace of the name ${named(namespace)}`;
  if (!isObjectName(key)) return `Kubernetes takes no object of the name ${named(key)}`;
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name)) return `Kubernetes takes no label of the name ${named(name)}`;
    if (!isLabelValue(value))
      return `Kubernetes doesn't take the value of its label ${named(name)}`;
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations)) {
    // The server looks at a name of lower case.
    if (!isLabelName(name.toLowerCase()))
      return `Kubernetes takes no annotation of the name ${named(name)}`;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > maxAnnotations)
    return `its annotations take ${bytes} bytes, and Kubernetes holds ${maxAnnotations}`;
  return undefined;
}
