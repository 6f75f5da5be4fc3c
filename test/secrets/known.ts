/** A hundred secrets of known kinds, all of them made up. */
import { maker, type Secret } from './made.ts';

const { text, int } = maker(16);
const base64 = (plain: string) => Buffer.from(plain).toString('base64');
const base64url = (plain: string) => Buffer.from(plain).toString('base64url');
const glue = (...parts: readonly string[]) => parts.join('');

function whole(kind: string, value: string): Secret {
  return { kind, value, secret: value };
}

function named(kind: string, name: string, value: string): Secret {
  return { kind, name, value, secret: value };
}

function within(kind: string, secret: string, value: (secret: string) => string): Secret {
  return { kind, secret, value: value(secret) };
}

function pem(label: string): Secret {
  const lines = Array.from({ length: 4 }, () => text('base64', 64));
  const dashes = '-'.repeat(5);
  const value = [
    `${dashes}BEGIN ${label}${dashes}`,
    ...lines,
    `${dashes}END ${label}${dashes}`,
    '',
  ].join('\n');
  return { kind: `PEM ${label}`, value, secret: lines[1] ?? '' };
}

const jwt = () =>
  [
    base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: text('hex', 8) })),
    base64url(JSON.stringify({ iss: 'kubernetes/serviceaccount', sub: text('lower', 12) })),
    text('base64url', 86),
  ].join('.');

const password = () => glue(text('alphanumeric', 9), '!', text('digits', 3), 'x');

/** They say by themselves what they are. */
const tokens: readonly Secret[] = [
  whole('GitHub classic', glue('gh', 'p_', text('alphanumeric', 36))),
  whole('GitHub OAuth', glue('gh', 'o_', text('alphanumeric', 36))),
  whole('GitHub app', glue('gh', 's_', text('alphanumeric', 36))),
  whole('GitHub refresh', glue('gh', 'r_', text('alphanumeric', 76))),
  whole(
    'GitHub fine-grained',
    glue('github', '_pat_', text('alphanumeric', 22), '_', text('alphanumeric', 59)),
  ),
  whole('GitLab personal', glue('gl', 'pat-', text('base64url', 20))),
  whole('GitLab deploy', glue('gl', 'dt-', text('base64url', 20))),
  whole('GitLab runner', glue('gl', 'rt-', text('base64url', 20))),
  whole('GitLab trigger', glue('gl', 'ptt-', text('hex', 40))),
  whole('Bitbucket app password', glue('AT', 'BB', text('alphanumeric', 32))),
  whole('Atlassian', glue('ATATT', '3xFfGF0', text('base64url', 160), '=', text('upperDigits', 8))),
  whole('AWS access key', glue('AK', 'IA', text('base32', 16))),
  whole('AWS session key', glue('AS', 'IA', text('base32', 16))),
  named('AWS secret key', 'awsSecretAccessKey', text('base64', 40)),
  whole('Google API key', glue('AI', 'za', text('base64url', 35))),
  whole('Google OAuth secret', glue('GOC', 'SPX-', text('base64url', 28))),
  whole('Google access token', glue('ya', '29.', text('base64url', 90))),
  whole('Azure client secret', glue(text('alphanumeric', 3), '8', 'Q~', text('base64url', 34))),
  whole('Azure storage key', glue(text('base64', 86), '==')),
  whole('DigitalOcean', glue('dop', '_v1_', text('hex', 64))),
  whole('Alibaba', glue('LT', 'AI', text('alphanumeric', 20))),
  whole('Slack bot', glue('xo', 'xb-', text('digits', 12), '-', text('alphanumeric', 24))),
  whole('Slack user', glue('xo', 'xp-', text('digits', 12), '-', text('hex', 32))),
  whole('Slack app', glue('xa', 'pp-1-', text('upperDigits', 11), '-', text('hex', 64))),
  whole('Stripe live', glue('sk', '_live_', text('alphanumeric', 24))),
  whole('Stripe test', glue('sk', '_test_', text('alphanumeric', 24))),
  whole('Stripe webhook', glue('wh', 'sec_', text('alphanumeric', 32))),
  whole('npm', glue('np', 'm_', text('alphanumeric', 36))),
  whole('PyPI', glue('py', 'pi-AgEIcHlwaS5vcmc', text('base64url', 70))),
  whole('RubyGems', glue('ruby', 'gems_', text('hex', 48))),
  whole('Docker Hub', glue('dck', 'r_pat_', text('base64url', 27))),
  whole('OpenAI', glue('sk', '-proj-', text('base64url', 48))),
  whole('Anthropic', glue('sk', '-ant-api03-', text('base64url', 93), 'AA')),
  whole('Hugging Face', glue('hf', '_', text('alphanumeric', 34))),
  whole('SendGrid', glue('SG', '.', text('base64url', 22), '.', text('base64url', 43))),
  whole('Mailgun', glue('key', '-', text('hex', 32))),
  whole('Mailchimp', glue(text('hex', 32), '-us', '12')),
  whole('Twilio key', glue('S', 'K', text('hex', 32))),
  whole('Telegram bot', glue('7', text('digits', 9), ':AA', text('base64url', 33))),
  whole('Shopify', glue('shp', 'at_', text('hex', 32))),
  whole('Square', glue('sq0', 'atp-', text('base64url', 22))),
  whole('Vault', glue('hv', 's.', text('base64url', 24))),
  whole('Terraform Cloud', glue(text('alphanumeric', 14), '.atlas', 'v1.', text('base64url', 67))),
  whole('Doppler', glue('dp', '.pt.', text('alphanumeric', 43))),
  whole('Pulumi', glue('pu', 'l-', text('hex', 40))),
  whole('Databricks', glue('da', 'pi', text('hex', 32))),
  whole(
    'Grafana service account',
    glue('gl', 'sa_', text('alphanumeric', 32), '_', text('hex', 8)),
  ),
  whole('New Relic', glue('NR', 'AK-', text('upperDigits', 27))),
  whole('Sentry', glue('snt', 'rys_', base64('{"iat":1700000000.1}'), '_', text('base64', 43))),
  whole('SonarQube', glue('sq', 'u_', text('hex', 40))),
  whole('Linear', glue('lin', '_api_', text('alphanumeric', 40))),
  whole('Postman', glue('PM', 'AK-', text('hex', 24), '-', text('hex', 34))),
  whole('PlanetScale', glue('pscale', '_pw_', text('base64url', 43))),
  whole(
    'Tailscale',
    glue('ts', 'key-auth-', text('alphanumeric', 12), '-', text('alphanumeric', 32)),
  ),
  whole('age', glue('AGE-SECRET', '-KEY-1', text('upperDigits', 58))),
  whole('JSON web token', jwt()),
  whole('bcrypt', glue('$2', 'b$12$', text('alphanumeric', 53))),
  whole(
    'argon2',
    glue('$argon2', 'id$v=19$m=65536,t=3,p=4$', text('base64', 22), '$', text('base64', 43)),
  ),
  whole('bootstrap token', glue(text('hex', 6), '.', text('lowerDigits', 16))),
  whole('Django', glue('django', '-insecure-', text('lowerDigits', 50))),
];

const keys: readonly Secret[] = [
  pem('RSA PRIVATE KEY'),
  pem('PRIVATE KEY'),
  pem('EC PRIVATE KEY'),
  pem('OPENSSH PRIVATE KEY'),
  pem('PGP PRIVATE KEY BLOCK'),
  pem('ENCRYPTED PRIVATE KEY'),
];

const addresses: readonly Secret[] = [
  within('PostgreSQL', password(), (pw) => `postgres://billing:${pw}@db.pay.svc:5432/billing`),
  within('MySQL', password(), (pw) => `mysql://root:${pw}@mysql/shop?charset=utf8`),
  within('MongoDB', password(), (pw) => `mongodb+srv://app:${pw}@c0.ab1cd.mongodb.net/?w=majority`),
  within('Redis', password(), (pw) => `redis://:${pw}@redis-master:6379/0`),
  within('AMQP', password(), (pw) => `amqps://shop:${encodeURIComponent(pw)}@mq:5671/%2f`),
  within('SMTP', password(), (pw) => `smtp://mail%40shop.example:${pw}@smtp.example.net:587`),
  within('JDBC', password(), (pw) => `jdbc:postgresql://db/shop?user=shop&password=${pw}&ssl=true`),
  within('JDBC Oracle', password(), (pw) => `jdbc:oracle:thin:shop/${pw}@//ora:1521/XE`),
  within('ADO.NET', password(), (pw) => `Server=sql,1433;Database=shop;User Id=sa;Password=${pw};`),
  within('ODBC', password(), (pw) => `Driver={ODBC Driver 18};Server=sql;UID=sa;PWD=${pw};`),
  within('Go MySQL', password(), (pw) => `shop:${pw}@tcp(mysql:3306)/shop?parseTime=true`),
  within('libpq', password(), (pw) => `host=db port=5432 user=shop password=${pw} dbname=shop`),
  within(
    'Azure storage',
    glue(text('base64', 86), '=='),
    (key) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${key};EndpointSuffix=x`,
  ),
  within(
    'Azure Service Bus',
    glue(text('base64', 43), '='),
    (key) => `Endpoint=sb://shop.example.net/;SharedAccessKeyName=Root;SharedAccessKey=${key}`,
  ),
  within('StackExchange Redis', password(), (pw) => `cache:6380,password=${pw},ssl=True`),
  within(
    'Azure SAS',
    encodeURIComponent(glue(text('base64', 43), '=')),
    (sig) =>
      `https://shop.blob.example.net/c?sv=2022-11-02&se=2027-01-01T00:00Z&sr=c&sp=r&sig=${sig}`,
  ),
  within(
    'Git with a token',
    glue('gh', 'p_', text('alphanumeric', 36)),
    (t) => `https://${t}@github.com/a/b.git`,
  ),
  within(
    'Slack webhook',
    [`T${text('upperDigits', 9)}`, `B${text('upperDigits', 9)}`, text('alphanumeric', 24)].join(
      '/',
    ),
    (path) => `https://hooks.slack.com/services/${path}`,
  ),
  within(
    'Discord webhook',
    text('base64url', 68),
    (t) => `https://discord.com/api/webhooks/1129${text('digits', 14)}/${t}`,
  ),
  within(
    'Teams webhook',
    text('hex', 32),
    (t) =>
      `https://shop.webhook.office.com/webhookb2/${text('hex', 8)}@${text('hex', 8)}/IncomingWebhook/${t}/x`,
  ),
  within(
    'Google Chat webhook',
    text('base64url', 43),
    (t) => `https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=${t}`,
  ),
  within(
    'Zapier webhook',
    glue(text('digits', 7), '/', text('lowerDigits', 7)),
    (path) => `https://hooks.zapier.com/hooks/catch/${path}/`,
  ),
];

const headers: readonly Secret[] = [
  within('bearer', text('base64url', 40), (t) => `Authorization: Bearer ${t}`),
  within('basic', base64(`shop:${password()}`), (t) => `Authorization: Basic ${t}`),
  within('API key header', text('hex', 32), (t) => `X-Api-Key: ${t}`),
];

const byName: readonly Secret[] = [
  named('a password', 'password', password()),
  named('pwd', 'dbPwd', `Sommer${int(90) + 10}!`),
  named('passwd', 'rootPasswd', 'correct horse battery'),
  named('passphrase', 'keyPassphrase', 'never-say-never-again'),
  named('a client secret', 'oidcClientSecret', text('hex', 40)),
  named('a token', 'registryToken', text('hex', 40)),
  named('an API key', 'datadogApiKey', text('hex', 32)),
  named('an encryption key', 'encryptionKey', text('hex', 64)),
  named('credentials', 'smtpCredentials', 'shop:winter-is-here'),
];

export const knownSecrets: readonly Secret[] = [
  ...tokens,
  ...keys,
  ...addresses,
  ...headers,
  ...byName,
];
