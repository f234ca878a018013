// A protected MCP server that is its own authorization server: `mcpAuthRouter` of npm `@modelcontextprotocol/sdk`, which
// keeps everything in memory and rotates refresh tokens.
//
//   node mcp-authorization.mjs '{"kind": "sdk-path", "ports": [0], "log": "/tmp/log", "life": 4}'
//
// Kinds: `sdk-path` answers at /mcp, `sdk-root` at /. Only POST is answered, as in the stateless examples of the SDK.
// Tokens live `life` seconds. Prints one line of JSON, {"url", "ports"}, and ends when its stdin is closed. Each request is
// a line in `log`: METHOD /path STATUS. The tool `whoami` returns client and scopes of the token.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';

const { kind, ports, log, life } = JSON.parse(process.argv[2]);

const app = express();
const listening = await new Promise((resolve) => {
  const server = app.listen(ports[0], '127.0.0.1', () => resolve(server));
});
const issuer = new URL(`http://127.0.0.1:${listening.address().port}`);
const url = new URL(kind === 'sdk-root' ? '/' : '/mcp', issuer);

const clients = new Map();
const codes = new Map();
const accessTokens = new Map();
const refreshTokens = new Map();

function issue(grant) {
  const [token, refreshToken] = [randomUUID(), randomUUID()];
  accessTokens.set(token, { ...grant, expiresAt: Math.floor(Date.now() / 1000) + life });
  refreshTokens.set(refreshToken, grant);
  const scope = grant.scopes.join(' ');
  return { access_token: token, token_type: 'bearer', expires_in: life, refresh_token: refreshToken, scope };
}

// Takes out of a map what belongs to the client.
function take(map, key, client) {
  const found = map.get(key);
  if (found?.clientId !== client.client_id) throw new InvalidGrantError('unknown');
  map.delete(key);
  return found;
}

const provider = {
  clientsStore: {
    getClient: (id) => clients.get(id),
    registerClient(client) {
      clients.set(client.client_id, client);
      return client;
    },
  },
  async authorize(client, { scopes, codeChallenge, redirectUri, resource, state }, response) {
    const code = randomUUID();
    codes.set(code, { clientId: client.client_id, scopes: scopes ?? [], resource, codeChallenge });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    if (state !== undefined) target.searchParams.set('state', state);
    response.redirect(target.href);
  },
  challengeForAuthorizationCode: async (client, code) => codes.get(code)?.codeChallenge,
  async exchangeAuthorizationCode(client, code) {
    const { clientId, scopes, resource } = take(codes, code, client);
    return issue({ clientId, scopes, resource });
  },
  exchangeRefreshToken: async (client, token) => issue(take(refreshTokens, token, client)),
  async verifyAccessToken(token) {
    const found = accessTokens.get(token);
    if (found?.resource?.href !== url.href) throw new InvalidTokenError('not a token for this server');
    return { token, ...found };
  },
  async revokeToken(client, { token }) {
    accessTokens.delete(token);
    refreshTokens.delete(token);
  },
};

app.use((request, response, next) => {
  const { method, path } = request;
  response.on('finish', () => fs.appendFileSync(log, `${method} ${path} ${response.statusCode}\n`));
  next();
});
app.use(mcpAuthRouter({ provider, issuerUrl: issuer, resourceServerUrl: url, scopesSupported: ['read'] }));
app.use(express.json());
const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url);
app.post(url.pathname, requireBearerAuth({ verifier: provider, requiredScopes: ['read'], resourceMetadataUrl }), answer);
app.all(url.pathname, (request, response) => {
  const error = { code: -32000, message: 'Method not allowed.' };
  response.status(405).set('allow', 'POST').json({ jsonrpc: '2.0', error, id: null });
});

async function answer(request, response) {
  const server = new McpServer({ name: 'test', version: '1' });
  server.registerTool('whoami', { description: 'Describes the token' }, ({ authInfo }) => {
    const text = JSON.stringify({ client: authInfo.clientId, scopes: authInfo.scopes });
    return { content: [{ type: 'text', text }] };
  });
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  response.on('close', () => transport.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
}

// The test that started this holds the other end of stdin.
process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ url: url.href, ports: [listening.address().port] }));
