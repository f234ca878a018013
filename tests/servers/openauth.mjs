// npm `@openauthjs/openauth` on loopback: only RFC 8414 metadata, public clients, no ID tokens. Whoever comes is signed in.
// Prints one line of JSON, and ends when stdin does.
import { createServer } from 'node:http';

import { issuer } from '@openauthjs/openauth';
import { MemoryStorage } from '@openauthjs/openauth/storage/memory';
import { createSubjects } from '@openauthjs/openauth/subject';

// It logs each request to stdout, which nobody reads after the greeting.
const print = console.log;
console.log = console.error;

const user = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
const app = issuer({
  subjects: createSubjects({ user }),
  storage: MemoryStorage(),
  providers: {
    anybody: {
      type: 'anybody',
      init: (routes, context) => routes.get('/authorize', (request) => context.success(request, { name: 'ada' })),
    },
  },
  allow: async () => true,
  success: (context, { name }) => context.subject('user', { name }),
});

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const { method, headers } = request;
  const answer = await app.fetch(new Request(`${origin}${request.url}`, { method, headers, body }));
  response.writeHead(answer.status, [...answer.headers].flat());
  response.end(Buffer.from(await answer.arrayBuffer()));
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;
process.stdin.resume().on('end', () => process.exit(0));
print(JSON.stringify({ issuer: origin }));
