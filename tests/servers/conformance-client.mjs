// Client under test of npm `@modelcontextprotocol/conformance`: speaks MCP itself and has every token from `mycli`.
//
//   MYCLI=PATH conformance client --command 'node conformance-client.mjs' --suite all --spec-version REVISION
//
// The suite appends the URL of its server. Every run has a home of its own in TMPDIR. Prints how it ended, in one line.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runAtTerminal } from './user.mjs';

const url = process.argv[2];
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const revision = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
const given = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

// The suite also has scenarios without sign-in, and no way to leave them out.
if (!scenario.startsWith('auth/')) process.exit(0);

// After this many sign-ins for one request the server is not asked again: it may want more for ever.
const MAX_SIGNINS = 2;

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'client-'));
const environment = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  TMPDIR: home,
  HOME: home,
  XDG_CONFIG_HOME: home,
  XDG_STATE_HOME: home,
  XDG_DATA_HOME: home,
  XDG_CACHE_HOME: home,
  XDG_RUNTIME_DIR: home,
  MYCLI_STORE: 'file',
};

class Refused extends Error {}

// Runs the program without a terminal and returns its stdout.
function mycli(words, input = '') {
  const run = spawnSync(process.env.MYCLI, words, { env: environment, encoding: 'utf8', input });
  if (run.status !== 0) {
    console.error(run.stderr);
    throw new Refused(`${words[0]} exits ${run.status}`);
  };
  return run.stdout.trimEnd();
}

// What the user of this server has written down before.
function configure() {
  if (scenario === 'auth/pre-registration') {
    const { issuer, client_id: id, client_secret: secret } = given;
    mycli(['providers', 'add', url, '--issuer', issuer, '--client-id', id, '--client-secret-stdin'], secret);
  }
  if (scenario === 'auth/basic-cimd') {
    const document = 'https://conformance-test.local/client-metadata.json';
    fs.mkdirSync(path.join(home, 'mycli'));
    fs.writeFileSync(path.join(home, 'mycli/config.toml'), `[providers."${url}"]\nclient_metadata = "${document}"\n`);
  }
}

async function signIn(...flags) {
  const { code, shown } = await runAtTerminal([process.env.MYCLI, 'signin', url, ...flags], environment);
  console.error(`signin ${flags.join(' ')}: ${code}\n${shown}`);
  if (code !== 0) throw new Refused(`signin exits ${code}`);
}

const isStateful = revision < '2026';
let signedIn = false;
let lastId = 0;

// Sends one message and returns the result; signs in as often as the server wants it and sense allows it.
async function send(method, params = {}, { isNotification = false } = {}) {
  for (let signins = 0; ; signins += 1) {
    const response = await post(method, params, isNotification);
    if (response.ok) return isNotification ? response.body?.cancel() : resultOf(response);
    const challenge = response.headers.get('www-authenticate') ?? '';
    await response.body?.cancel();
    const isStepUp = response.status === 403 && challenge.includes('insufficient_scope');
    if (response.status !== 401 && !isStepUp) throw new Refused(`${method}: ${response.status}`);
    if (signins === MAX_SIGNINS) throw new Refused(`${method}: ${response.status} after ${signins} sign-ins`);
    if (isStepUp) {
      const scopes = /scope="([^"]*)"/.exec(challenge)[1].split(' ');
      await signIn('--force', '--scope', scopes.map((scope) => `+${scope}`).join(' '));
    } else {
      await signIn(...(signedIn ? ['--force'] : []));
    }
    signedIn = true;
  }
}

function post(method, params, isNotification) {
  const message = { jsonrpc: '2.0', method, params };
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  if (!isNotification) message.id = lastId += 1;
  if (method !== 'initialize') headers['mcp-protocol-version'] = revision;
  if (!isStateful) {
    headers['mcp-method'] = method;
    if (params.name !== undefined) headers['mcp-name'] = params.name;
    message.params = {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': revision,
        'io.modelcontextprotocol/clientInfo': clientInfo,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
  }
  if (signedIn) headers.authorization = `Bearer ${mycli(['token', url])}`;
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(message) });
}

// The result in a JSON response, or in the event stream that a server may send instead.
async function resultOf(response) {
  const text = await response.text();
  const isStream = response.headers.get('content-type').startsWith('text/event-stream');
  const message = JSON.parse(isStream ? /^data: (.*)$/m.exec(text)[1] : text);
  if (message.error !== undefined) throw new Refused(`the server says: ${message.error.message}`);
  return message.result;
}

const clientInfo = { name: 'mycli-conformance', version: '1.0.0' };

async function run() {
  configure();
  if (isStateful) {
    await send('initialize', { protocolVersion: revision, capabilities: {}, clientInfo });
    await send('notifications/initialized', {}, { isNotification: true });
  }
  const { tools } = await send('tools/list');
  for (const tool of tools) await send('tools/call', { name: tool.name, arguments: {} });
  return `called ${tools.map((tool) => tool.name).join(', ')}`;
}

try {
  console.log(await run());
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(error.message);
  process.exitCode = 1;
} finally {
  fs.rmSync(home, { recursive: true, force: true });
}
