/** A thousand values of charts, manifests and configurations that nobody has to hide. */
import { type Harmless, maker } from './made.ts';

const { int, pick, text } = maker(1000);
const base64 = (plain: string) => Buffer.from(plain).toString('base64');
const hex = (length: number) => text('hex', length);

const words = [
  ...['billing', 'shop', 'search', 'checkout', 'orders', 'gateway', 'payments', 'frontend'],
  ...['worker', 'scheduler', 'inventory', 'session', 'catalog', 'notifier', 'reports', 'ledger'],
];
const word = () => pick(words);
const version = () => `${int(20)}.${int(30)}.${int(40)}`;
const host = () =>
  pick([
    `${word()}.${word()}.svc.cluster.local`,
    `${word()}-${word()}.internal.example.com`,
    `api.${word()}.example.org`,
  ]);
const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
const registry = () =>
  pick([
    'docker.io/bitnami',
    'ghcr.io/acme',
    'quay.io/prometheus',
    'registry.k8s.io',
    'public.ecr.aws/x9y8z7w6',
  ]);

/** Each kind with the names it goes by, and what it may be. */
const kinds: readonly (readonly [kind: string, names: readonly string[], make: () => string])[] = [
  ['image', ['image', 'sidecarImage'], () => `${registry()}/${word()}:${version()}`],
  ['image by digest', ['image', 'ref'], () => `${registry()}/${word()}@sha256:${hex(64)}`],
  [
    'digest',
    ['digest', 'imageDigest', 'checksum/config', 'configHash'],
    () => pick([`sha256:${hex(64)}`, hex(64), hex(40), hex(32)]),
  ],
  [
    'integrity',
    ['integrity', 'sri'],
    () =>
      pick([
        `sha256-${text('base64', 43)}=`,
        `sha512-${text('base64', 86)}==`,
        `sha384-${text('base64', 64)}`,
      ]),
  ],
  [
    'URL',
    ['url', 'endpoint', 'tokenUrl', 'callbackUrl', 'issuer'],
    () => `https://${host()}/${word()}/v${int(4)}?page=${int(9)}&sort=name`,
  ],
  [
    'OIDC endpoint',
    ['tokenEndpoint', 'token_endpoint', 'jwksUri', 'OAUTH_TOKEN_URL'],
    () =>
      `https://${host()}/realms/${word()}/protocol/openid-connect/${pick(['token', 'certs', 'auth'])}`,
  ],
  [
    'address without a password',
    ['databaseUrl', 'DATABASE_URL', 'brokers'],
    () =>
      pick([
        `postgres://${host()}:5432/${word()}`,
        `redis://${word()}-redis-master:6379/${int(16)}`,
        `jdbc:mysql://${host()}/${word()}?useSSL=false`,
        `kafka-0.${word()}:9092,kafka-1.${word()}:9092`,
        `mongodb://${word()}@${host()}/${word()}`,
      ]),
  ],
  [
    'address that a container fills in',
    ['DATABASE_URL', 'AMQP_URL', 'dsnTemplate'],
    () =>
      pick([
        `postgres://$(DB_USER):$(DB_PASSWORD)@${host()}:5432/${word()}`,
        `amqp://\${USER}:\${PASS}@${word()}-mq:5672`,
        `mysql://{{ .Values.db.user }}:{{ .Values.db.password }}@${word()}/x`,
        `redis://:$(REDIS_PASSWORD)@${word()}:6379`,
      ]),
  ],
  [
    'host',
    ['host', 'server', 'DB_HOST'],
    () =>
      pick([
        host(),
        `${int(250)}.${int(250)}.${int(250)}.${int(250)}`,
        `fd00:${hex(4)}::${hex(4)}`,
      ]),
  ],
  ['UUID', ['id', 'tenantId', 'clusterId', 'clientId', 'traceId'], uuid],
  [
    'version',
    ['version', 'tag', 'appVersion'],
    () =>
      pick([
        version(),
        `v${version()}-rc.${int(9)}`,
        `${version()}+build.${int(999)}`,
        `v${version()}-${int(90)}-g${hex(7)}`,
      ]),
  ],
  [
    'sentence',
    ['description', 'message', 'motd', 'summary'],
    () =>
      pick([
        `The ${word()} service sends ${int(90)} reports to the ${word()} team.`,
        `Use Basic authentication only where ${word()} has no token of its own.`,
        `The password of ${word()} is in the Secret that ${word()} makes; see the manual.`,
        `Ask ${word()} for a token, then open port ${int(9000)}.`,
        `Tokens expire after ${int(90)} minutes; the secret stays where it is.`,
        `Access keys are rotated by ${word()} every ${int(90)} days.`,
      ]),
  ],
  [
    'amount',
    ['cpu', 'memory', 'storage', 'size', 'limit'],
    () => pick([`${int(4000)}m`, `${int(64)}Gi`, `${int(900)}Mi`, `${int(9)}.5`, `${int(900)}k`]),
  ],
  [
    'duration',
    ['timeout', 'interval', 'tokenTtl', 'sessionTimeout', 'secretRefreshInterval', 'tokenLifetime'],
    () => pick([`${int(60)}s`, `${int(24)}h`, `${int(9)}h${int(60)}m`, `PT${int(60)}M`]),
  ],
  [
    'label',
    ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'helm.sh/chart', 'tier'],
    () => pick([word(), `${word()}-${word()}`, `${word()}-${version()}`]),
  ],
  [
    'cron line',
    ['schedule', 'cron', 'backupSchedule'],
    () =>
      pick([
        `${int(60)} ${int(24)} * * ${int(7)}`,
        `*/${int(30) + 1} * * * *`,
        '@daily',
        `0 ${int(24)} 1,15 * MON-FRI`,
      ]),
  ],
  [
    'pattern',
    ['pattern', 'regex', 'passwordPattern', 'match'],
    () =>
      pick([
        `^/${word()}/(?:[a-z0-9-]+)/v[0-9]+$`,
        `^(?=.*[A-Z])(?=.*\\d).{${int(20)},}$`,
        `[^:/]+://([^:/]+)(:[0-9]+)?/${word()}.*`,
        `${word()}_.+_(count|sum|bucket)`,
      ]),
  ],
  [
    'SQL',
    ['query', 'sql', 'initQuery'],
    () =>
      pick([
        `SELECT id, name FROM ${word()} WHERE token_id = $1 AND created > now() - interval '${int(9)} days'`,
        `CREATE TABLE ${word()} (id bigint primary key, password_hash text not null, secret_ref text)`,
        `SELECT count(*) FROM ${word()} GROUP BY status HAVING count(*) > ${int(99)}`,
        `UPDATE ${word()} SET state = 'done' WHERE id = ?`,
      ]),
  ],
  [
    'path',
    ['path', 'configFile', 'tokenPath', 'passwordFile', 'keyFile', 'PGPASSFILE'],
    () =>
      pick([
        `/etc/${word()}/${word()}.yaml`,
        `/var/run/secrets/${word()}/token`,
        `/opt/${word()}/lib/${word()}-${version()}.jar`,
        `./${word()}/templates/_helpers.tpl`,
        `C:\\ProgramData\\${word()}\\${word()}.ini`,
        `s3://${word()}-backups/${word()}/2026/11`,
      ]),
  ],
  [
    'reference',
    [
      'secretName',
      'existingSecret',
      'passwordKey',
      'tlsSecretName',
      'secretNamespace',
      'serviceAccountName',
      'credentialsSecretName',
    ],
    () => `${word()}-${pick(['tls', 'db', 'creds', 'auth'])}`,
  ],
  [
    'where a secret is kept',
    [
      'secretStore',
      'secretProvider',
      'secretBackend',
      'secretsManagerRegion',
      'vaultSecretPath',
      'secretStoreKind',
      'credentialsProvider',
      'secretEngine',
    ],
    () =>
      pick([
        'vault',
        'aws-secrets-manager',
        'ClusterSecretStore',
        'eu-west-1',
        `kv/data/${word()}`,
        'kubernetes',
      ]),
  ],
  [
    'count',
    [
      'maxTokens',
      'tokenLimit',
      'passwordMinLength',
      'secretVersion',
      'tokensPerSecond',
      'replicas',
      'passwordHistorySize',
      'maxKeys',
    ],
    () => `${int(9000) + 1}`,
  ],
  [
    'switch',
    [
      'tokenAuth',
      'passwordAuthentication',
      'PasswordLogin',
      'secretRotation',
      'tokenReview',
      'mode',
    ],
    () => pick(['enabled', 'disabled', 'true', 'false', 'optional', 'on']),
  ],
  [
    'annotation',
    [
      'cert-manager.io/cluster-issuer',
      'nginx.ingress.kubernetes.io/auth-type',
      'nginx.ingress.kubernetes.io/auth-realm',
      'external-secrets.io/refresh-interval',
      'secrets-store.csi.x-k8s.io/provider',
      'reloader.stakater.com/match',
      'kubernetes.io/tls-acme',
    ],
    () =>
      pick(['letsencrypt-prod', 'basic', 'Authentication Required', `${int(9)}h`, 'aws', 'true']),
  ],
  [
    'algorithm',
    [
      'algorithm',
      'tokenAlgorithm',
      'passwordEncoder',
      'cipher',
      'passwordHash',
      'tokenFormat',
      'signingAlgorithm',
    ],
    () =>
      pick([
        'RS256',
        'ES384',
        'bcrypt',
        'AES-256-GCM',
        'scram-sha-256',
        'argon2id',
        'opaque',
        'ECDHE-RSA-AES128-GCM-SHA256',
      ]),
  ],
  [
    'claim',
    [
      'tokenIssuer',
      'tokenAudience',
      'usernameClaim',
      'groupsClaim',
      'tokenHeader',
      'secretKeyName',
      'authHeaderName',
    ],
    () =>
      pick([
        `https://${host()}`,
        'sts.amazonaws.com',
        'preferred_username',
        'cognito:groups',
        'X-Auth-Request-User',
        'x-forwarded-access-token',
      ]),
  ],
  [
    'model',
    ['tokenizer', 'model', 'tokenizerName'],
    () => pick(['cl100k_base', 'meta-llama/Llama-3-8B', 'sentencepiece', 'text-embedding-3-small']),
  ],
  [
    'region',
    ['region', 'zone', 'AWS_DEFAULT_REGION', 'location'],
    () =>
      pick([
        'eu-west-1',
        'us-east-1a',
        'ap-southeast-2',
        'europe-west4-b',
        'westeurope',
        'ASIA-SOUTHEAST1',
      ]),
  ],
  [
    'resource name',
    ['arn', 'roleArn', 'resourceId', 'eks.amazonaws.com/role-arn'],
    () =>
      pick([
        `arn:aws:iam::${text('digits', 12)}:role/${word()}`,
        `arn:aws:secretsmanager:eu-west-1:${text('digits', 12)}:secret:${word()}-AbCdEf`,
        `projects/${word()}/locations/global/keyRings/${word()}/cryptoKeys/${word()}`,
        `/subscriptions/${uuid()}/resourceGroups/${word()}/providers/Microsoft.KeyVault/vaults/${word()}`,
      ]),
  ],
  [
    'public key',
    ['publicKey', 'sshPublicKey', 'knownHosts', 'verifyKey'],
    () =>
      pick([
        `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${text('base64', 43)} ${word()}@example.com`,
        `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${text('base64', 300)} ${word()}`,
        `age1${text('lowerDigits', 58)}`,
        `pk_live_${text('alphanumeric', 24)}`,
      ]),
  ],
  [
    'time',
    ['createdAt', 'restartedAt', 'tokenExpiresAt', 'notAfter', 'kubectl.kubernetes.io/restartedAt'],
    () =>
      pick([
        `2026-1${int(3)}-1${int(9)}T0${int(9)}:${int(50) + 10}:00Z`,
        `${1700000000 + int(99999999)}`,
        `Mon, 1${int(9)} Nov 2026 08:00:00 GMT`,
      ]),
  ],
  [
    'mail',
    ['email', 'contact', 'from', 'smtpUser'],
    () => `${word()}.${word()}@example.${pick(['com', 'org'])}`,
  ],
  [
    'code',
    ['code', 'encoded', 'payload'],
    () =>
      base64(
        pick([
          `{"${word()}": ${int(900)}, "level": "info"}`,
          `server:\n  port: ${int(9000)}\n  name: ${word()}\n`,
          `Hello, ${word()} and ${word()}!`,
        ]),
      ),
  ],
  [
    'name in one word',
    ['className', 'handler', 'bean'],
    () =>
      pick([
        `com.example.${word()}.Http2ClientFactoryV${int(9)}`,
        `org.acme.${word()}.TokenAuthenticationFilter`,
        `ReplicaSetScaleDownPolicyV${int(9)}beta${int(3)}`,
        `System.Text.Json.${word()}Serializer`,
      ]),
  ],
  [
    'template',
    ['template', 'format', 'logFormat', 'podTemplate'],
    () =>
      pick([
        `{{ include "${word()}.fullname" . }}-${word()}`,
        `%h %l %u %t "%r" %>s %b ${int(9)}`,
        `{{ .Values.${word()}.password | b64enc | quote }}`,
        `\${${word().toUpperCase()}_TOKEN}`,
      ]),
  ],
  [
    'command',
    ['command', 'run', 'script', 'lifecycle'],
    () =>
      pick([
        `exec ${word()} --port ${int(9000)} --config /etc/${word()}.yaml --token-file /run/token`,
        `pg_isready -U ${word()} -h 127.0.0.1 -p 5432`,
        `curl -fsS -H "Authorization: Bearer $TOKEN" http://localhost:${int(9000)}/ready`,
        `PGPASSWORD=$POSTGRES_PASSWORD psql -U ${word()} -c 'select ${int(9)}'`,
        `until nc -z ${word()} ${int(9000)}; do sleep ${int(9)}; done`,
      ]),
  ],
  [
    'file',
    ['app.properties', 'nginx.conf', 'config.yaml', 'values.json'],
    () =>
      pick([
        `server.port=${int(9000)}\nspring.application.name=${word()}\nmanagement.endpoint=${word()}\n`,
        `upstream ${word()} { server ${word()}:${int(9000)}; }\nproxy_set_header Host $host;\n`,
        `log:\n  level: info\ndb:\n  host: ${host()}\n  passwordSecretRef:\n    name: ${word()}-db\n    key: password\n`,
        `{"${word()}":{"replicas":${int(9)},"passwordFile":"/run/secrets/${word()}"},"tokenTtl":"${int(60)}m"}`,
      ]),
  ],
  [
    'query of metrics',
    ['expr', 'promql', 'alert'],
    () =>
      pick([
        `sum(rate(http_requests_total{job="${word()}",code=~"5.."}[${int(9)}m])) by (pod) > ${int(9)}`,
        `histogram_quantile(0.9${int(9)}, sum by (le) (rate(${word()}_seconds_bucket[5m])))`,
      ]),
  ],
  [
    'locale',
    ['locale', 'timezone', 'LANG', 'contentType'],
    () =>
      pick([
        'en_US.UTF-8',
        'Europe/Berlin',
        'application/vnd.oci.image.manifest.v1+json',
        'text/html; charset=utf-8',
      ]),
  ],
  [
    'bypass',
    [
      'bypass',
      'compass',
      'noProxyBypass',
      'keyboard',
      'monkey',
      'turnkey',
      'hotkeys',
      'primaryKey',
      'sortKey',
      'partitionKey',
      'routingKey',
      'foreignKey',
    ],
    () => `${word()}.${word()}`,
  ],
];

/** As many of each kind as of any other. */
export const harmlessValues: readonly Harmless[] = Array.from({ length: 1000 }, (_, at) => {
  const [kind, names, make] = kinds[at % kinds.length] as (typeof kinds)[number];
  return { kind, name: pick(names), value: make() };
});
