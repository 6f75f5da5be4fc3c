/** A small chart with all that `get` prints: values, hooks, a test, notes, annotations. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const files: { readonly [path: string]: string } = {
  'Chart.yaml': `apiVersion: v2
name: greeting
version: 1.2.3
appVersion: "7.2"
annotations:
  example.com/team: people
  example.com/area: words
`,
  'values.yaml': `greeting: hello
replicas: 1
list: [a, b]
table:
  kept: true
  nothing: null
  dropped: 1
  "on": "off"
  number: 1234567890
  small: 0.0000001
  key10: ten
  key9: nine
text: |
  first line
    second line
`,
  'templates/configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}-greeting"
data:
  greeting: {{ .Values.greeting | quote }}
`,
  // A hook that is a ConfigMap: no controller runs in the test cluster.
  'templates/hook.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}-hook"
  annotations:
    "helm.sh/hook": pre-install,pre-upgrade
    "helm.sh/hook-delete-policy": before-hook-creation
data:
  is: hook
`,
  'templates/tests/test.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ .Release.Name }}-test"
  annotations:
    "helm.sh/hook": test
data:
  is: test
`,
  'templates/NOTES.txt': `Say {{ .Values.greeting }} to {{ .Release.Name }}.
`,
};

/** Writes the chart into a folder and returns the folder. */
export function writeChart(folder: string): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
