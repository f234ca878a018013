// npm `better-auth` with its OAuth provider on loopback, in memory. Prints one line of JSON, and ends when stdin does.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { getAuthTables } from 'better-auth/db';
import { jwt } from 'better-auth/plugins';
import { toNodeHandler } from 'better-auth/node';
import { oauthProvider } from '@better-auth/oauth-provider';

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;

const options = {
  baseURL: origin,
  secret: 'a secret of at least thirty-two characters',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    }),
  ],
};
const tables = Object.fromEntries(Object.values(getAuthTables(options)).map(({ modelName }) => [modelName, []]));
const auth = betterAuth({ ...options, database: memoryAdapter(tables) });
const handle = toNodeHandler(auth);

// The pages of the application: who are you, and may this program act for you. Each ends in a redirect.
async function page(request, response, { pathname, search }) {
  if (request.method === 'GET') {
    const fields = pathname === '/login' ? '<input name="email"><input name="password" type="password">' : '';
    response.writeHead(200, { 'content-type': 'text/html' });
    return response.end(`<!doctype html><title>${pathname}</title><form method="post">${fields}<button>Go</button></form>`);
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
  const [path, body] = pathname === '/login' ? ['sign-in/email', form] : ['oauth2/consent', { accept: true }];
  const answer = await fetch(`${origin}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, cookie: request.headers.cookie ?? '' },
    body: JSON.stringify({ ...body, oauth_query: search.slice(1) }),
  });
  const { url, redirect_uri: target } = await answer.json();
  response.writeHead(302, { location: url ?? target ?? '/failed', 'set-cookie': answer.headers.getSetCookie() });
  response.end();
}

server.on('request', (request, response) => {
  const url = new URL(request.url, origin);
  return ['/login', '/consent'].includes(url.pathname) ? page(request, response, url) : handle(request, response);
});
const user = { email: 'ada@example.test', password: 'correct horse battery', name: 'Ada Lovelace' };
await auth.api.signUpEmail({ body: user });
process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ issuer: `${origin}/api/auth`, origin, ...user }));
