// A real OpenID provider for the tests: npm `oidc-provider` on a free port of 127.0.0.1, in memory.
//
//   node oidc-provider.mjs '{"accessTokenTtl": 2}'
//
// Prints one line of JSON, {"issuer", "clientId", "control"}, once it can be asked, and ends when its stdin is closed.
// The settings, all optional, are the keys of `defaults` below. Beside the provider, under `control`:
//
//   GET  /log       every request to the provider's own endpoints, oldest first, without a secret
//   GET  /rest      answered once every request to the provider is done with, those of clients that have left included
//   POST /settings  {"accessTokenTtl": 3600}: changes `accessTokenTtl` from the next token on
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, STATUS_CODES } from 'node:http';

import { Provider } from 'oidc-provider';

const defaults = {
  // Which key signs ID tokens: ES256, RS256, PS256 or EdDSA.
  algorithm: 'ES256',
  // Seconds; changeable while it runs.
  accessTokenTtl: 3600,
  // Whether a refresh token is exchanged for a new one; the old one, used again, ends the whole grant (RFC 9700 4.14).
  rotate: true,
  clientId: 'native',
  // null: a public client.
  clientSecret: null,
  // `web` may have redirects on https to this machine.
  applicationType: 'native',
  // A native client's loopback redirect matches with any port (RFC 8252 7.3).
  redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback', 'http://[::1]/callback'],
  postLogoutRedirectUris: [],
  // Resource indicators (RFC 8707) that are known; `*`: any. Their tokens are JWTs.
  resources: [],
  // Whether anybody may register a client (RFC 7591) and manage it (RFC 7592).
  registration: false,
  // The token that a registration needs, if any.
  initialAccessToken: null,
  // Client ID Metadata Documents by their address, which nothing is fetched for: they are as if they lay there.
  documents: {},
  // The path of the issuer, such as `/realms/a`.
  path: '',
  port: 0,
};

const settings = { ...defaults, ...JSON.parse(process.argv[2] ?? '{}') };
for (const key of Object.keys(settings)) {
  if (!(key in defaults)) throw new Error(`no such setting: ${key}`);
}

// Nobody reads stdout after the greeting, and the provider has advice for those who keep its own device pages.
console.info = console.error;

const server = createServer();
await new Promise((resolve) => server.listen(settings.port, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const issuer = `${origin}${settings.path}`;
const control = `${origin}/control`;
const log = [];
const underWay = new Set();

const provider = new Provider(issuer, {
  clients: [client()],
  jwks: { keys: keys() },
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  fetch: async (url, options) => {
    const document = settings.documents[String(url)];
    return document ? Response.json(document) : fetch(url, options);
  },
  findAccount: (_ctx, login) => ({ accountId: login, claims: () => claims(login) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  issueRefreshToken: async (_ctx, who) => who.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: settings.rotate,
  scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
  ttl: {
    AccessToken: () => settings.accessTokenTtl,
    IdToken: 3600,
    RefreshToken: 86_400,
    Session: 86_400,
    Grant: 86_400,
    Interaction: 3600,
    DeviceCode: 600,
  },
  features: {
    clientIdMetadataDocument: { enabled: Object.keys(settings.documents).length > 0, ack: 'draft-02' },
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: settings.registration, initialAccessToken: settings.initialAccessToken ?? false },
    registrationManagement: { enabled: settings.registration },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: settings.resources.length > 0,
      defaultResource: async () => undefined,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, resource) => {
        if (!settings.resources.some((known) => known === '*' || known === resource)) throw new Error(`unknown resource ${resource}`);
        return { scope: 'api:read api:write', audience: resource, accessTokenFormat: 'jwt' };
      },
    },
    rpInitiatedLogout: { enabled: true },
    userinfo: { enabled: true },
  },
});

function client() {
  const secret = settings.clientSecret === null ? {} : { client_secret: settings.clientSecret };
  return {
    client_id: settings.clientId,
    ...secret,
    application_type: settings.applicationType,
    token_endpoint_auth_method: settings.clientSecret === null ? 'none' : 'client_secret_basic',
    id_token_signed_response_alg: settings.algorithm,
    redirect_uris: settings.redirectUris,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
  };
}

function keys() {
  const kinds = [
    ['ec', { namedCurve: 'P-256' }, 'es'],
    ['rsa', { modulusLength: 2048 }, 'rs'],
    ['ed25519', {}, 'ed'],
  ];
  return kinds.map(([type, options, kid]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    kid,
    use: 'sig',
  }));
}

function claims(login) {
  return {
    sub: login,
    name: `Person ${login}`,
    preferred_username: login,
    email: `${login}@example.test`,
    email_verified: true,
  };
}

// The two pages a user meets: who are you, and may this program act for you.
async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  const { uid, prompt, params } = details;
  const step = new URL(request.url, issuer).pathname.slice(`/interaction/${uid}`.length);
  const form = request.method === 'POST' ? new URLSearchParams(await body(request)) : null;
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });

  switch (form && step) {
    case '/login':
      return finish({ login: { accountId: form.get('login') } });
    case '/confirm':
      return finish({ consent: { grantId: await grant(details) } });
    case '/deny':
      return finish({ error: 'access_denied', error_description: 'the user said no' });
    case null:
      return send(response, 200, prompt.name === 'login' ? loginPage(uid, params) : consentPage(uid, params));
    default:
      return send(response, 404, 'no such step');
  }
}

async function grant({ grantId, prompt, params, session }) {
  const given = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) given.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) given.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    given.addResourceScope(resource, scopes.join(' '));
  }
  return given.save();
}

function loginPage(uid, params) {
  const hint = escape(params.login_hint ?? '');
  return page('Sign in', `
    <form method="post" action="/interaction/${uid}/login">
      <label>Account <input name="login" value="${hint}" required autofocus></label>
      <button id="login">Sign in</button>
    </form>`);
}

function consentPage(uid, params) {
  return page('Allow access', `
    <p>${escape(params.client_id)} asks for: ${escape(params.scope ?? '')}</p>
    <form method="post" action="/interaction/${uid}/confirm"><button id="allow">Allow</button></form>
    <form method="post" action="/interaction/${uid}/deny"><button id="deny">Deny</button></form>`);
}

function page(title, inner) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
    <link rel="icon" href="data:,"><h1>${title}</h1>${inner}</html>`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(response, status, text, type = 'text/html; charset=utf-8') {
  response.writeHead(status, STATUS_CODES[status], { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}

async function controls(request, response, path) {
  if (request.method === 'GET' && path === '/log') {
    return send(response, 200, JSON.stringify(log), 'application/json');
  }
  if (request.method === 'GET' && path === '/rest') {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    return send(response, 200, '{}', 'application/json');
  }
  if (request.method === 'POST' && path === '/settings') {
    const { accessTokenTtl } = JSON.parse(await body(request));
    settings.accessTokenTtl = accessTokenTtl;
    return send(response, 200, '{}', 'application/json');
  }
  return send(response, 404, 'no such control');
}

// What was asked of the provider, for "the server saw one refresh": the endpoint, the kind of grant, the outcome.
function record(ctx, outcome) {
  const { method, path, status } = ctx;
  log.push({ method, path, status, grant_type: ctx.oidc?.params?.grant_type ?? null, ...outcome });
}

provider.use(async (ctx, next) => {
  await next();
  record(ctx, { error: ctx.body?.error ?? null });
});
provider.on('server_error', (_ctx, error) => console.error(error));

const answer = provider.callback();

// The provider takes a logout by POST only with cookies for https, so it gets the form as a query.
async function asGet(request) {
  if (request.method !== 'POST' || request.url !== '/session/end') return;
  const form = await body(request);
  Object.assign(request, { method: 'GET', url: `${request.url}?${form}` });
}

server.on('request', (request, response) => {
  const { pathname } = new URL(request.url, origin);
  const failed = (error) => {
    console.error(error);
    send(response, 500, String(error));
  };
  if (pathname.startsWith('/control/')) {
    controls(request, response, pathname.slice('/control'.length)).catch(failed);
  } else if (pathname.startsWith('/interaction/')) {
    interaction(request, response).catch(failed);
  } else if (pathname.startsWith(`${settings.path}/`)) {
    // What the provider writes its own addresses from, and what is below its path.
    request.originalUrl = request.url;
    request.url = request.url.slice(settings.path.length);
    const done = asGet(request).then(() => answer(request, response)).finally(() => underWay.delete(done));
    underWay.add(done);
  } else {
    send(response, 404, 'nothing here');
  }
});

// The test that started this holds the other end of stdin, and lets go of it however it ends.
process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ issuer, clientId: settings.clientId, control }));
