/**
 * What the rules were not made by: other kinds, other shapes, other names. They were written when the rules were done,
 * and measured before anything was mended for them.
 */
import { type Harmless, maker, type Secret } from './made.ts';

const { text, int, pick } = maker(2027);
const base64 = (plain: string) => Buffer.from(plain).toString('base64');
const base64url = (plain: string) => Buffer.from(plain).toString('base64url');
const glue = (...parts: readonly string[]) => parts.join('');
const whole = (kind: string, value: string): Secret => ({ kind, value, secret: value });
const named = (kind: string, name: string, value: string): Secret => ({
  kind,
  name,
  value,
  secret: value,
});
const within = (kind: string, secret: string, value: (secret: string) => string): Secret => ({
  kind,
  secret,
  value: value(secret),
});
const password = () =>
  pick([text('lowerDigits', 14), glue('Winter', text('digits', 4), '#'), text('base64url', 18)]);
const dashes = '-'.repeat(5);
const line = text('base64', 64);

const first: readonly Secret[] = [
  within('key in JSON of Google', line, (secret) =>
    JSON.stringify({
      type: 'service_account',
      private_key_id: text('hex', 40),
      private_key: `${dashes}BEGIN PRIVATE KEY${dashes}\n${secret}\n${dashes}END PRIVATE KEY${dashes}\n`,
    }),
  ),
  within(
    'PEM with its lines joined',
    line,
    (secret) =>
      `${dashes}BEGIN EC PRIVATE KEY${dashes} ${secret} ${dashes}END EC PRIVATE KEY${dashes}`,
  ),
  within(
    'SSH2',
    line,
    (secret) =>
      `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${secret}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
  ),
  within('JSON web key', text('base64url', 43), (secret) =>
    JSON.stringify({ kty: 'EC', crv: 'P-256', x: text('base64url', 43), d: secret }),
  ),
  within(
    'kubeconfig token',
    text('base64url', 40),
    (secret) => `users:\n- name: admin\n  user:\n    token: ${secret}\n`,
  ),
  within(
    'kubeconfig client key',
    base64(`${dashes}BEGIN RSA PRIVATE KEY${dashes}\n${line}`),
    (secret) => `client-key-data: ${secret}`,
  ),
  within('docker config', base64(`shop:${password()}`), (secret) =>
    JSON.stringify({ auths: { 'ghcr.io': { auth: secret } } }),
  ),
  within(
    'npmrc',
    text('hex', 36),
    (secret) => `//registry.example.com/:_authToken=${secret}\nalways-auth=true`,
  ),
  within(
    'pip.conf',
    password(),
    (secret) => `[global]\nindex-url = https://shop:${secret}@pypi.example.com/simple`,
  ),
  within('netrc', password(), (secret) => `machine git.example.com login bot password ${secret}`),
  within('pgpass', password(), (secret) => `db.example.com:5432:shop:billing:${secret}`),
  within(
    'Maven settings',
    password(),
    (secret) => `<server><id>x</id><username>bot</username><password>${secret}</password></server>`,
  ),
  within('.NET setting', password(), (secret) => `<add key="DbPassword" value="${secret}" />`),
  within(
    'Tomcat',
    password(),
    (secret) => `<user username="admin" password="${secret}" roles="manager-gui"/>`,
  ),
  within('Java properties', password(), (secret) => `javax.net.ssl.keyStorePassword=${secret}`),
  within(
    'JAAS',
    password(),
    (secret) =>
      `org.apache.kafka.common.security.scram.ScramLoginModule required username="app" password="${secret}";`,
  ),
  within('TOML', password(), (secret) => `[auth]\nadmin_password = "${secret}"\nport = 1`),
  within(
    'HCL',
    text('lowerDigits', 30),
    (secret) => `provider "x" {\n  api_token = "${secret}"\n}`,
  ),
  within('env file', password(), (secret) => `A=1\nSMTP_PASS=${secret}\nB=2`),
  within('exported', password(), (secret) => `export MYSQL_PWD='${secret}'; mysqldump shop`),
  within(
    'curl -u',
    password(),
    (secret) => `curl -s -u admin:${secret} http://localhost:9200/_cat`,
  ),
  within('mysql -p', password(), (secret) => `mysqldump -u root -p${secret} shop | gzip`),
  within(
    'psql address',
    password(),
    (secret) => `psql "postgresql://shop:${secret}@db/shop?sslmode=require" -c 'select 1'`,
  ),
  within('sshpass', password(), (secret) => `sshpass -p '${secret}' ssh deploy@host`),
  within('redis-cli', password(), (secret) => `redis-cli -h redis -a ${secret} ping`),
  within('ldapsearch', password(), (secret) => `ldapsearch -D cn=admin,dc=x -w ${secret} -b dc=x`),
  within(
    'openssl',
    password(),
    (secret) => `openssl pkcs12 -in a.p12 -passin pass:${secret} -nodes`,
  ),
  within(
    'helm registry',
    password(),
    (secret) => `helm registry login ghcr.io --username bot --password ${secret}`,
  ),
  within(
    'wget',
    password(),
    (secret) => `wget --http-password=${secret} --http-user=x https://a.example.com/x`,
  ),
  within('SQL user', password(), (secret) => `CREATE USER 'shop'@'%' IDENTIFIED BY '${secret}';`),
  within('SQL role', password(), (secret) => `ALTER ROLE billing WITH LOGIN PASSWORD '${secret}';`),
  within(
    'Mongo shell',
    password(),
    (secret) => `db.createUser({user: "app", pwd: "${secret}", roles: []})`,
  ),
  within('redis.conf', password(), (secret) => `port 6379\nrequirepass ${secret}\nappendonly yes`),
  within('redis users', password(), (secret) => `user app on >${secret} ~* +@all`),
  within('RabbitMQ', password(), (secret) => `default_user = shop\ndefault_pass = ${secret}\n`),
  within(
    'HAProxy',
    password(),
    (secret) => `userlist u\n  user admin insecure-password ${secret}\n`,
  ),
  within(
    'htpasswd',
    glue('$apr1', '$', text('alphanumeric', 8), '$', text('alphanumeric', 22)),
    (secret) => `admin:${secret}`,
  ),
  within(
    'shadow',
    glue('$6', '$', text('alphanumeric', 16), '$', text('alphanumeric', 86)),
    (secret) => `root:${secret}:19000:0:99999:7:::`,
  ),
  within(
    'nginx',
    text('hex', 40),
    (secret) => `proxy_set_header Authorization "Bearer ${secret}";`,
  ),
  within('header in JSON', text('hex', 40), (secret) =>
    JSON.stringify({ headers: { Authorization: `Token ${secret}` } }),
  ),
  within(
    'private token',
    text('base64url', 20),
    (secret) => `curl -H 'PRIVATE-TOKEN: ${secret}' https://git.example.com/api`,
  ),
  within('vault header', text('lowerDigits', 26), (secret) => `X-Vault-Token: ${secret}`),
  within('cookie', text('base64url', 60), (secret) => `Cookie: session=${secret}; theme=dark`),
  within(
    'signed S3',
    text('hex', 64),
    (secret) =>
      `https://b.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${secret}`,
  ),
  within(
    'signed GCS',
    text('hex', 128),
    (secret) => `https://storage.googleapis.com/b/o?X-Goog-Expires=9&X-Goog-Signature=${secret}`,
  ),
  within(
    'Mattermost webhook',
    text('lowerDigits', 26),
    (secret) => `https://chat.example.com/hooks/${secret}`,
  ),
  within(
    'Rocket.Chat webhook',
    text('alphanumeric', 42),
    (secret) => `https://chat.example.com/hooks/${text('alphanumeric', 17)}/${secret}`,
  ),
  within(
    'GitLab trigger',
    text('hex', 30),
    (secret) =>
      `https://git.example.com/api/v4/projects/1/trigger/pipeline?token=${secret}&ref=main`,
  ),
  within(
    'Jenkins',
    text('hex', 34),
    (secret) => `https://ci.example.com/job/x/buildByToken?apikey=${secret}`,
  ),
  within(
    'Telegram address',
    glue(text('digits', 10), ':AA', text('base64url', 33)),
    (secret) => `https://api.telegram.org/bot${secret}/sendMessage`,
  ),
  within(
    'Sentry DSN',
    text('hex', 32),
    (secret) => `https://${secret}@o1234.ingest.sentry.io/5678`,
  ),
  within(
    'otpauth',
    text('base32', 16),
    (secret) => `otpauth://totp/shop:admin?secret=${secret}&issuer=shop`,
  ),
  within('SQLAlchemy', password(), (secret) => `postgresql+asyncpg://shop:${secret}@db:5432/shop`),
  within(
    'several hosts',
    password(),
    (secret) => `mongodb://app:${secret}@m0:27017,m1:27017,m2:27017/shop?replicaSet=rs0`,
  ),
  within('Celery', password(), (secret) => `sentinel://:${secret}@s0:26379;sentinel://s1:26379`),
  within(
    'password with signs',
    'p@ss/w#rd?9',
    (secret) => `postgres://shop:${secret}@db:5432/shop`,
  ),
  within(
    'SQL Server JDBC',
    password(),
    (secret) =>
      `jdbc:sqlserver://sql:1433;databaseName=shop;user=sa;password=${secret};encrypt=true`,
  ),
  within(
    'DB2',
    password(),
    (secret) => `DATABASE=shop;HOSTNAME=db2;PORT=50000;UID=db2inst1;PWD=${secret};`,
  ),
  within(
    'Cosmos DB',
    glue(text('base64', 86), '=='),
    (secret) => `AccountEndpoint=https://x.documents.example.com:443/;AccountKey=${secret};`,
  ),
  within(
    'IoT Hub',
    glue(text('base64', 43), '='),
    (secret) => `HostName=h.example.net;DeviceId=d1;SharedAccessKey=${secret}`,
  ),
  within(
    'Application Insights',
    text('hex', 32),
    (secret) => `InstrumentationKey=${secret};IngestionEndpoint=https://x.example.com/`,
  ),
  within(
    'RDS in text',
    password(),
    (secret) => `The database is at db:3306, user shop, password: ${secret}`,
  ),
  within('note', password(), (secret) => `Log in as admin with password ${secret} and change it.`),
  within('YAML file', password(), (secret) => `smtp:\n  host: x\n  auth_password: "${secret}"\n`),
  within(
    'Alertmanager',
    password(),
    (secret) => `global:\n  smtp_auth_password: '${secret}'\n  resolve_timeout: 5m\n`,
  ),
  within(
    'Grafana ini',
    password(),
    (secret) => `[security]\nadmin_user = admin\nadmin_password = ${secret}\n`,
  ),
  within(
    'Argo CD',
    password(),
    (secret) => `admin.password: ${secret}\nadmin.passwordMtime: 2026-01-01T00:00:00Z`,
  ),
  within(
    'wireguard',
    glue(text('base64', 43), '='),
    (secret) => `[Interface]\nPrivateKey = ${secret}\nAddress = 10.0.0.1/24`,
  ),
  within(
    'SNMP',
    password(),
    (secret) => `auths:\n  v3:\n    community: public\n    password: ${secret}\n`,
  ),
  within(
    'S3 in YAML',
    text('base64', 40),
    (secret) => `s3:\n  access_key_id: x\n  secret_access_key: ${secret}\n`,
  ),
  within(
    'AWS credentials',
    text('base64', 40),
    (secret) => `[default]\naws_secret_access_key = ${secret}\nregion = eu-west-1`,
  ),
  within('rclone', text('base64url', 40), (secret) => `[remote]\ntype = sftp\npass = ${secret}\n`),
  whole('GitHub user to server', glue('gh', 'u_', text('alphanumeric', 36))),
  whole('GitLab feed', glue('gl', 'ft-', text('base64url', 20))),
  whole(
    'Bitbucket repository',
    glue('ATCTT3', 'xFfGN0', text('base64url', 120), '=', text('upperDigits', 8)),
  ),
  whole('Vault batch', glue('hv', 'b.AAAAAQ', text('base64url', 100))),
  whole('Fly.io', glue('FlyV1 fm2_', text('base64', 90))),
  whole('Supabase', glue('sb', 'p_', text('hex', 40))),
  whole('Cloudflare origin', glue('v1.0-', text('hex', 24), '-', text('hex', 146))),
  whole('Dynatrace', glue('dt0', 'c01.', text('base32', 24), '.', text('base32', 64))),
  whole('Yandex', glue('AQ', 'VN', text('base64url', 35))),
  whole(
    'Plaid',
    glue('access-', 'production-', [8, 4, 4, 4, 12].map((n) => text('hex', n)).join('-')),
  ),
  whole('Figma', glue('fig', 'd_', text('base64url', 40))),
  whole('Airtable', glue('pat', text('alphanumeric', 14), '.', text('hex', 64))),
  whole(
    'Discord bot',
    glue('M', text('alphanumeric', 23), '.', text('base64url', 6), '.', text('base64url', 38)),
  ),
  whole(
    'encrypted web token',
    [
      base64url('{"alg":"dir","enc":"A256GCM"}'),
      '',
      text('base64url', 16),
      text('base64url', 90),
      text('base64url', 22),
    ].join('.'),
  ),
  whole('Laravel', glue('base64:', text('base64', 43), '=')),
  whole('Fernet', glue(text('base64url', 43), '=')),
  whole('random of large length', text('alphanumeric', 48)),
  whole('random of 32', text('alphanumeric', 32)),
  whole(
    'PBKDF2',
    glue('pbkdf2_sha', '256$600000$', text('alphanumeric', 22), '$', text('base64', 43), '='),
  ),
  whole('LDAP', glue('{SS', 'HA}', text('base64', 38), '==')),
  whole(
    'SCRAM',
    glue(
      'SCRAM-SHA-256',
      '$4096:',
      text('base64', 22),
      '==$',
      text('base64', 43),
      '=:',
      text('base64', 43),
      '=',
    ),
  ),
  named(
    'a mnemonic',
    'walletMnemonic',
    'legal winner thank year wave sausage worth useful legal winner thank yellow',
  ),
  named('a signing key', 'jwtSigningKey', text('hex', 64)),
  named('a session secret', 'SESSION_SECRET', text('hex', 32)),
  named('a bind password', 'bindpw', `Ldap${int(900)}?`),
  named('a pass', 'smtp.pass', password()),
  named('a PIN', 'simPin', text('digits', 8)),
  named('an auth token', 'redis-auth-token', text('hex', 32)),
  named('a service key', 'pagerdutyServiceKey', text('hex', 32)),
  named('a routing key', 'pagerduty-routing-key', text('hex', 32)),
  named('a license', 'LICENSE_KEY', [5, 5, 5, 5].map((n) => text('upperDigits', n)).join('-')),
  named('a salt', 'hashSalt', text('lowerDigits', 24)),
  named('a German word', 'datenbankPasswort', 'Sonnenblume-7'),
  named('an app key', 'DD_APP_KEY', text('hex', 40)),
  named('master key', 'RAILS_MASTER_KEY', text('hex', 32)),
  named('a root token', 'vaultRootToken', text('lowerDigits', 26)),
  named('a shared secret', 'radiusSharedSecret', 'testing123-not'),
];

const likely = () =>
  pick([
    text('lowerDigits', 12),
    glue('Tr0ub', '4dor&3'),
    text('base64url', 20),
    glue('S3cret-', text('digits', 4)),
    glue(text('upperDigits', 10), '!'),
  ]);
const either = (
  kind: string,
  secret: string,
  value: (secret: string) => string,
  name?: string,
): Secret => ({
  kind,
  secret,
  value: value(secret),
  ...(name !== undefined && { name }),
});

/** Written once more when the first were found: 13 of 70 were shown then; one of them, which still is, isn't here. */
const second: readonly Secret[] = [
  either('hf', `hf_${text('alphanumeric', 37)}`, (s) => s),
  either('gsk', `gsk_${text('alphanumeric', 52)}`, (s) => s),
  either('resend', `re_${text('alphanumeric', 8)}_${text('alphanumeric', 24)}`, (s) => s),
  either('notion', `ntn_${text('alphanumeric', 46)}`, (s) => s),
  either('cloudflare api token', text('base64url', 40), (s) => s),
  either('circleci', `CCIPAT_${text('alphanumeric', 22)}_${text('hex', 40)}`, (s) => s),
  either('contentful', `CFPAT-${text('base64url', 43)}`, (s) => s),
  either('asana', `1/${text('digits', 16)}:${text('hex', 32)}`, (s) => s),
  either('trello', `ATTA${text('hex', 64)}${text('hex', 8)}`, (s) => s),
  either('twitch', `oauth:${text('lowerDigits', 30)}`, (s) => s),
  either('mapbox', `sk.eyJ1Ijoi${text('base64url', 60)}.${text('base64url', 22)}`, (s) => s),
  either('aws session', `IQoJb3JpZ2luX2Vj${text('base64', 300)}=`, (s) => s),
  either('gcp refresh', `1//0${text('base64url', 60)}`, (s) => s),
  either('facebook', `EAAG${text('alphanumeric', 120)}`, (s) => s),
  either('okta', `00${text('base64url', 40)}`, (s) => s),
  either('jenkins', `11${text('hex', 32)}`, (s) => s, 'jenkinsApiToken'),
  either('firebase', `AAAA${text('base64url', 7)}:APA91b${text('base64url', 134)}`, (s) => s),
  either(
    'bitbucket x-token-auth',
    text('base64url', 24),
    (s) => `https://x-token-auth:${s}@bitbucket.org/a/b.git`,
  ),
  either('ftp', likely(), (s) => `ftp://u:${encodeURIComponent(s)}@h/x`),
  either(
    'clickhouse',
    likely(),
    (s) => `clickhouse://h:9000?username=u&password=${encodeURIComponent(s)}`,
  ),
  either('nats', likely(), (s) => `nats://u:${encodeURIComponent(s)}@nats:4222`),
  either(
    'influx token',
    `${text('base64url', 86)}==`,
    (s) => `influx: {url: http://i:8086, token: ${s}}`,
  ),
  either(
    'elastic api key',
    Buffer.from(`${text('base64url', 20)}:${text('base64url', 22)}`).toString('base64'),
    (s) => `Authorization: ApiKey ${s}`,
  ),
  either(
    'digest',
    text('hex', 32),
    (s) => `Authorization: Digest username="a", realm="b", response="${s}"`,
  ),
  either('csrf cookie', text('hex', 32), (s) => `Set-Cookie: sid=${s}; HttpOnly`),
  either('terraform var', likely(), (s) => `TF_VAR_db_password=${s} terraform apply`),
  either('docker -e', likely(), (s) => `docker run -e POSTGRES_PASSWORD=${s} postgres:14`),
  either('helm --set', likely(), (s) => `helm upgrade x y --set auth.password=${s},auth.user=u`),
  either(
    'kubectl literal',
    likely(),
    (s) => `kubectl create secret generic x --from-literal=password=${s}`,
  ),
  either('htpasswd -b', likely(), (s) => `htpasswd -bc f admin ${s}`),
  either('psql PGPASSWORD', likely(), (s) => `PGPASSWORD=${s} psql -h x`),
  either('mongosh', likely(), (s) => `mongosh --username root --password ${s} --eval 1`),
  either('rabbitmqctl', likely(), (s) => `rabbitmqctl add_user app ${s}`),
  either('echo chpasswd', likely(), (s) => `echo 'root:${s}' | chpasswd`),
  either('keytool', likely(), (s) => `keytool -list -storepass ${s}`),
  either('smb', likely(), (s) => `mount -t cifs //h/x /m -o username=u,password=${s}`),
  either(
    'git config',
    likely(),
    (s) =>
      `[credential]\n  helper = store\n[http]\n  extraheader = AUTHORIZATION: basic ${Buffer.from(`x:${s}`).toString('base64')}`,
  ),
  either(
    'yaml list',
    likely(),
    (s) => `users:\n- name: app\n  password: ${s}\n- name: ro\n  password_hash: x`,
  ),
  either('json nested', likely(), (s) =>
    JSON.stringify({ ldap: { bind: { dn: 'cn=a', credentials: s } } }),
  ),
  either('toml dotted', likely(), (s) => `database.password = "${s}"`),
  either('wp', likely(), (s) => `define( 'DB_PASSWORD', '${s}' );`),
  either('php array', likely(), (s) => `'password' => '${s}',`),
  either('python', text('hex', 40), (s) => `SECRET_KEY = '${s}'`),
  either('js', text('hex', 32), (s) => `const apiKey = "${s}";`),
  either('ini', likely(), (s) => `[mail]\npass=${s}`),
  either('xml attr', likely(), (s) => `<datasource user="a" password="${s}"/>`),
  either('spring', likely(), (s) => `spring:\n  datasource:\n    password: '${s}'`),
  either(
    'logstash',
    likely(),
    (s) => `output { elasticsearch { user => "e" password => "${s}" } }`,
  ),
  either('fluentd', likely(), (s) => `<match **>\n  password ${s}\n</match>`),
  either(
    'nginx upstream basic',
    Buffer.from(`u:${likely()}`).toString('base64'),
    (s) => `proxy_set_header Authorization "Basic ${s}";`,
  ),
  either(
    'traefik users',
    `$apr1$${text('alphanumeric', 8)}$${text('alphanumeric', 22)}`,
    (s) => `admin:${s},test:x`,
  ),
  either('vault unseal', text('base64', 44), (s) => s, 'unsealKey1'),
  either('consul gossip', `${text('base64', 43)}=`, (s) => s, 'gossipEncryption'),
  either(
    'uuid client secret',
    [8, 4, 4, 4, 12].map((n) => text('hex', n)).join('-'),
    (s) => s,
    'clientSecret',
  ),
  either('name pw', likely(), (s) => s, 'adminPw'),
  either('name passcode', likely(), (s) => s, 'passcode'),
  either('name db_pass', likely(), (s) => s, 'db_pass'),
  either('name keystorePassword', likely(), (s) => s, 'keystorePassword'),
  either('name cookieSecret', text('base64url', 32), (s) => s, 'cookieSecret'),
  either('name privKey', text('hex', 64), (s) => s, 'privKey'),
  either('name accessSecret', text('alphanumeric', 40), (s) => s, 'accessSecret'),
  either('name hmacSecret', 'plain words here', (s) => s, 'hmacSecret'),
  either('name apitoken', `x-${text('lower', 20)}`, (s) => s, 'apitoken'),
  either('name PASSWD', 'hunter2hunter', (s) => s, 'MYSQL_ROOT_PASSWD'),
  either('name sshPrivateKey', text('base64', 80), (s) => s, 'sshPrivateKey'),
  either('name psk', text('lowerDigits', 20), (s) => s, 'wifiPsk'),
  either(
    'name slackHook',
    `T0/B0/${text('alphanumeric', 24)}`,
    (s) => `https://hooks.slack.com/services/${s}`,
    'slackHook',
  ),
  either(
    'name credentialsJson',
    text('hex', 40),
    (s) => `{"private_key_id":"${s}"}`,
    'credentialsJson',
  ),
  either('name loginPassphrase', 'one two three four', (s) => s, 'loginPassphrase'),
];

export const heldOutSecrets: readonly Secret[] = [...first, ...second];

const words = [
  'atlas',
  'beacon',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'granite',
  'harbour',
  'indigo',
  'juniper',
];
const word = () => pick(words);
const hex = (length: number) => text('hex', length);
const domain = () =>
  `${word()}.${pick(['example.com', 'corp.example', 'test', 'svc.cluster.local'])}`;

const kinds: readonly (readonly [string, readonly string[], () => string])[] = [
  [
    'selector',
    ['selector', 'matchLabels', 'nodeSelector'],
    () => `app=${word()},tier in (web,api),!${word()}`,
  ],
  [
    'CIDR',
    ['cidr', 'allowList', 'whitelist-source-range'],
    () => `10.${int(250)}.0.0/16,192.168.${int(250)}.0/24`,
  ],
  [
    'permission',
    ['mode', 'defaultMode', 'umask'],
    () => pick(['0644', '0o755', '022', 'u=rw,g=r']),
  ],
  [
    'JSON of settings',
    ['settings', 'featureFlags', 'config.json'],
    () =>
      JSON.stringify({
        [word()]: { enabled: true, rollout: int(100), owners: [`${word()}@example.com`] },
        tokenBudget: int(9000),
      }),
  ],
  [
    'YAML of rules',
    ['rules.yaml', 'prometheus.yml'],
    () =>
      `groups:\n- name: ${word()}\n  rules:\n  - alert: ${word()}Down\n    expr: up{job="${word()}"} == 0\n    for: ${int(9)}m\n`,
  ],
  [
    'CSS and colours',
    ['color', 'theme', 'brand'],
    () =>
      pick([
        `#${hex(6)}`,
        `rgb(${int(250)}, ${int(250)}, ${int(250)})`,
        `--${word()}-color: #${hex(3)};`,
      ]),
  ],
  [
    'commit',
    ['commit', 'gitSha', 'revision', 'vcs.revision'],
    () => pick([hex(40), hex(7), `main-${hex(8)}`, `refs/heads/${word()}/${int(9000)}`]),
  ],
  [
    'etag',
    ['etag', 'contentMd5', 'fingerprint', 'sha256sum'],
    () =>
      pick([
        `"${hex(32)}"`,
        `SHA256:${text('base64', 43)}`,
        `${hex(64)}  ${word()}.tar.gz`,
        Array.from({ length: 20 }, () => hex(2).toUpperCase()).join(':'),
      ]),
  ],
  [
    'chart address',
    ['repository', 'chartUrl', 'sourceRef'],
    () =>
      pick([
        `oci://ghcr.io/${word()}/charts/${word()}`,
        `https://charts.${word()}.io/${word()}-${int(9)}.${int(9)}.0.tgz`,
        `git::https://github.com/${word()}/${word()}.git?ref=v${int(9)}`,
        `git@github.com:${word()}/${word()}.git`,
      ]),
  ],
  [
    'package',
    ['dependency', 'purl', 'package'],
    () =>
      pick([
        `pkg:npm/%40${word()}/core@${int(9)}.${int(9)}.0`,
        `org.${word()}:${word()}-core:${int(9)}.1`,
        `@${word()}/token-utils@^${int(9)}.0.0`,
        `golang.org/x/crypto v0.${int(30)}.0`,
      ]),
  ],
  [
    'Kubernetes name',
    ['podName', 'replicaSet', 'pvc'],
    () =>
      pick([
        `${word()}-${text('lowerDigits', 9)}-${text('lowerDigits', 5)}`,
        `pvc-${[8, 4, 4, 4, 12].map(hex).join('-')}`,
        `${word()}-token-${text('lowerDigits', 5)}`,
      ]),
  ],
  [
    'OAuth setting',
    ['scopes', 'responseType', 'grantType', 'tokenEndpointAuthMethod', 'clientAuthMethod'],
    () =>
      pick([
        'openid profile email offline_access',
        'code id_token token',
        'client_credentials',
        'client_secret_basic',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ]),
  ],
  [
    'policy',
    [
      'passwordPolicy',
      'passwordComplexity',
      'tokenPolicies',
      'secretPolicy',
      'accessTokenLifespan',
      'refreshTokenMaxReuse',
    ],
    () => pick(['length(12) and digits(1)', 'default,read-only', `${int(900)}`, 'strong']),
  ],
  [
    'where a file is',
    [
      'tokenReviewerJwtFile',
      'sslKeyFile',
      'passwordsFile',
      'keystoreLocation',
      'privateKeyPath',
      'licenseFile',
      'caCertPath',
    ],
    () => `/etc/${word()}/tls/${word()}.${pick(['key', 'pem', 'jks', 'crt'])}`,
  ],
  [
    'which Secret',
    [
      'authSecret',
      'tlsSecret',
      'secretKeyRefName',
      'imagePullSecret',
      'credentialsSecret',
      'existingPasswordSecret',
      'userPasswordSecretName',
    ],
    () => `${word()}-${pick(['tls', 'auth', 'pull', 'smtp'])}`,
  ],
  [
    'which key',
    [
      'secretKeys.adminPasswordKey',
      'existingSecretPasswordKey',
      'userPasswordKey',
      'tokenSecretKey',
      'secretKeyName',
    ],
    () => pick(['admin-password', 'redis-password', 'password', 'token', 'tls.crt']),
  ],
  [
    'header',
    ['userHeader', 'proxyHeaders', 'corsAllowHeaders'],
    () =>
      pick([
        'X-Forwarded-For, X-Real-IP',
        'Authorization,Content-Type,X-Api-Key',
        'Set-Cookie',
        'X-CSRF-Token',
      ]),
  ],
  [
    'message with an odd word',
    ['hint', 'banner', 'footer'],
    () =>
      pick([
        `Forgot your password? Ask ${word()}.`,
        `Your API key: see ${word()} > Settings > Keys`,
        `Password must have ${int(20)} characters.`,
        `Secret: kept in Vault, path ${word()}/${word()}`,
        `Basic plan: ${int(90)} users; bearer of the card pays.`,
      ]),
  ],
  [
    'JVM',
    ['JAVA_OPTS', 'jvmFlags'],
    () =>
      `-Xmx${int(9)}g -Dserver.port=${int(9000)} -Djavax.net.ssl.trustStore=/etc/${word()}.jks -XX:+UseG1GC`,
  ],
  [
    'arguments',
    ['extraArgs', 'cmdline', 'entrypoint'],
    () =>
      pick([
        `--token-ttl=${int(60)}m --password-file=/run/${word()}`,
        `-u ${word()} -p ${int(9000)}:${int(9000)} --name ${word()}`,
        `--auth-mode=token --secret-name=${word()}-tls`,
        `ssh -i /keys/id_${word()} -p 22 ${word()}@${domain()}`,
        `mysql -h ${word()} -P 3306 -u root`,
      ]),
  ],
  [
    'Go template',
    ['tpl', 'helper', 'initTemplate'],
    () =>
      pick([
        `{{- $token := .Values.${word()}.token -}}`,
        `{{ required "A password is needed" .Values.${word()}.password }}`,
        `{{ lookup "v1" "Secret" .Release.Namespace "${word()}" }}`,
        `password: {{ randAlphaNum ${int(30)} | b64enc }}`,
      ]),
  ],
  [
    'shell',
    ['preStop', 'postStart', 'init.sh'],
    () =>
      pick([
        `#!/bin/sh\nset -eu\nexport TOKEN="$(cat /run/secrets/${word()})"\nexec ${word()}\n`,
        `if [ -z "$DB_PASSWORD" ]; then echo "no password"; exit ${int(9)}; fi`,
        `kubectl get secret ${word()} -o jsonpath='{.data.password}' | base64 -d`,
        `openssl rand -hex ${int(64)} > /tmp/${word()}`,
      ]),
  ],
  [
    'ARN and ids',
    ['keyId', 'kmsKeyId', 'distributionId', 'instanceProfile', 'projectNumber'],
    () =>
      pick([
        `arn:aws:kms:eu-central-1:${text('digits', 12)}:key/${[8, 4, 4, 4, 12].map(hex).join('-')}`,
        `vpc-${hex(17)}`,
        `sg-${hex(8)}`,
        `${text('digits', 12)}`,
        `alias/${word()}`,
      ]),
  ],
  [
    'ULID and KSUID',
    ['requestId', 'jobId', 'objectId'],
    () => pick([glue('01', text('upperDigits', 24)), hex(24), `${text('digits', 18)}`]),
  ],
  [
    'long names',
    ['topic', 'queue', 'metric', 'className'],
    () =>
      pick([
        `com.${word()}.events.v${int(9)}.OrderCreatedEventHandler`,
        `${word()}_http_request_duration_seconds_bucket`,
        `${word()}-dead-letter-queue-v${int(9)}`,
        `AWSLoadBalancerControllerIAMPolicyV${int(9)}`,
        `Kubernetes${int(9)}NodePoolAutoScalingGroup2Eu`,
      ]),
  ],
  [
    'GraphQL and JSONPath',
    ['graphql', 'jsonPath', 'jmesPath'],
    () =>
      pick([
        `query { ${word()}(id: ${int(9)}) { token { id expiresAt } } }`,
        `$.items[?(@.kind=="Secret")].metadata.name`,
        `{.status.${word()}.secretRef}`,
      ]),
  ],
  [
    'data address',
    ['icon', 'logo', 'favicon'],
    () =>
      pick([
        `data:image/svg+xml;base64,${base64(`<svg><path d="M${int(90)} ${int(90)}"/></svg>`)}`,
        `data:image/png;base64,iVBORw0KGgo${text('base64', 80)}=`,
        `https://${domain()}/static/${hex(20)}.png`,
      ]),
  ],
  [
    'public certificate facts',
    ['issuerDN', 'serial', 'commonName', 'subjectKeyId'],
    () =>
      pick([
        `CN=${word()},O=Example,C=DE`,
        Array.from({ length: 8 }, () => hex(2)).join(':'),
        `spiffe://${domain()}/ns/${word()}/sa/${word()}`,
      ]),
  ],
  [
    'public key',
    ['authorizedKeys', 'hostKey', 'cosignPublic'],
    () =>
      pick([
        `ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY${text('base64', 90)}= ${word()}`,
        `RWQ${text('base64', 53)}`,
        `pk_test_${text('alphanumeric', 24)}`,
      ]),
  ],
  [
    'schedule words',
    ['window', 'retention', 'maintenance'],
    () =>
      pick([
        `Sun 0${int(9)}:00-Sun 0${int(9)}:30`,
        `keep-last=${int(9)},keep-daily=${int(30)}`,
        `RRULE:FREQ=WEEKLY;BYDAY=MO,WE`,
      ]),
  ],
  [
    'numbers',
    [
      'tokensPerMinute',
      'maxTokenAge',
      'credentialRotationDays',
      'passwordMaxAttempts',
      'tokenCount',
      'secretCacheTtlSeconds',
      'apiKeyQuota',
    ],
    () => `${int(90000)}`,
  ],
  [
    'choice',
    [
      'passwordCharset',
      'tokenStore',
      'tokenSigner',
      'credentialHelper',
      'secretRotationPolicy',
      'authTokenHeader',
      'passwordResetUrl',
      'tokenUri',
    ],
    () =>
      pick([
        'alphanumeric',
        'redis',
        'kms',
        'ecr-login',
        'weekly',
        'X-Auth-Token',
        `https://${domain()}/reset`,
      ]),
  ],
  [
    'address',
    ['upstream', 'proxyUrl', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'redisUrl'],
    () =>
      pick([
        `http://${domain()}:${int(9000)}/v1/traces`,
        `redis://${domain()}:6379/${int(9)}`,
        `https://${word()}@dev.azure.example/${word()}/_git/${word()}`,
        `ldap://${domain()}:389/dc=example,dc=com?uid?sub`,
        `unix:///var/run/${word()}.sock`,
        `https://[fd00::${hex(4)}]:8443/healthz?verbose=1`,
      ]),
  ],
];

export const heldOutHarmless: readonly Harmless[] = Array.from({ length: 1000 }, (_, at) => {
  const [kind, names, make] = kinds[at % kinds.length] as (typeof kinds)[number];
  return { kind, name: pick(names), value: make() };
});
