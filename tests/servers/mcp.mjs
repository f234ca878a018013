// A protected MCP server for the tests: npm `@modelcontextprotocol/sdk`, its bearer check and its metadata (RFC 9728).
//
//   node mcp.mjs '{"issuer": "http://127.0.0.1:4000"}'
//
// Prints one line of JSON, {"url"}, once it can be asked, and ends when its stdin is closed. Tokens are the issuer's JWTs
// for this server and no other. `POST /mcp` wants the scope `api:read`, `POST /mcp/write` `api:write` beside it.
import { mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { issuer } = JSON.parse(process.argv[2]);
const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

const app = express();
const listening = await new Promise((resolve) => {
  const server = app.listen(0, '127.0.0.1', () => resolve(server));
});
const url = new URL(`http://127.0.0.1:${listening.address().port}/mcp`);

const verifier = {
  async verifyAccessToken(token) {
    const checked = await jwtVerify(token, keys, { issuer, audience: url.href }).catch(() => null);
    if (checked === null) throw new InvalidTokenError('not a token for this server');
    const { client_id: clientId, exp, scope = '' } = checked.payload;
    return { token, clientId, scopes: scope.split(' '), expiresAt: exp, resource: url };
  },
};

app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: url, scopesSupported: ['api:read'] }));
app.use(express.json());
for (const [path, requiredScopes] of [['/mcp', ['api:read']], ['/mcp/write', ['api:read', 'api:write']]]) {
  const resourceMetadataUrl = new URL(`/.well-known/oauth-protected-resource${url.pathname}`, url).href;
  app.all(path, requireBearerAuth({ verifier, requiredScopes, resourceMetadataUrl }), answer);
}

async function answer(request, response) {
  const server = new McpServer({ name: 'test', version: '1' });
  server.registerTool('greet', { description: 'Says hello' }, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  response.on('close', () => transport.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
}

// The test that started this holds the other end of stdin, and lets go of it however it ends.
process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ url: url.href }));
