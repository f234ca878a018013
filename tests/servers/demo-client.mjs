// A strict client, openid-client, signs in to the demo provider in every way it knows.
//
//   node demo-client.mjs ISSUER
//
// The user is played here too: the pages are fetched and their forms sent back, as a browser would. Prints `ok` and one
// line for each part; anything unexpected ends it with a status other than 0.
import assert from 'node:assert/strict';

import * as client from 'openid-client';

const issuer = new URL(process.argv[2]);
const redirectUri = 'http://127.0.0.1:9/callback';
const scope = 'openid profile email offline_access';

const config = await client.discovery(issuer, 'demo', undefined, client.None(), {
  execute: [client.allowInsecureRequests], // http, because everything is on loopback
});
// The signature of an ID token from the token endpoint is optional for a client; here it is checked.
client.enableNonRepudiationChecks(config);
assert.equal(config.serverMetadata().issuer, issuer.href.replace(/\/$/, ''));
say('discovery');

const { callback, checks } = await signIn({ login_hint: 'grace', max_age: '600', acr_values: '1' }, 'approve');
assert.equal(callback.searchParams.get('iss'), config.serverMetadata().issuer);
const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, maxAge: 600, idTokenExpected: true });
const claims = tokens.claims();
assert.equal(claims.preferred_username, 'grace');
assert.equal(claims.acr, '1');
assert.equal(tokens.expires_in, 3600);
say('code');

const profile = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
assert.equal(profile.email, 'grace@demo.example');
say('userinfo');

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(renewed.claims().sub, claims.sub);
assert.notEqual(renewed.refresh_token, tokens.refresh_token);
await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' });
say('refresh');

const silent = await signIn({ prompt: 'none' });
const again = await client.authorizationCodeGrant(config, silent.callback, silent.checks);
assert.equal(again.claims().auth_time, claims.auth_time);
await client.tokenRevocation(config, again.refresh_token);
await assert.rejects(client.fetchUserInfo(config, again.access_token, claims.sub), { status: 401 });
say('revocation');

const denied = await signIn({}, 'deny');
await assert.rejects(client.authorizationCodeGrant(config, denied.callback, denied.checks), { error: 'access_denied' });
say('denial');

const device = await client.initiateDeviceAuthorization(config, { scope });
await decide(new URL(device.verification_uri_complete), 'approve');
// It waits an interval before the first poll; nothing is gained by sitting through it.
const fromDevice = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.01 });
assert.equal(fromDevice.claims().preferred_username, 'grace');
say('device');

const away = await fetch(
  client.buildEndSessionUrl(config, {
    id_token_hint: fromDevice.id_token,
    post_logout_redirect_uri: 'http://127.0.0.1:9/bye',
    state: 'bye',
  }),
  { redirect: 'manual' },
);
assert.equal(away.headers.get('location'), 'http://127.0.0.1:9/bye?state=bye');
const signedOut = await signIn({ prompt: 'none' });
await assert.rejects(client.authorizationCodeGrant(config, signedOut.callback, signedOut.checks), { error: 'login_required' });
say('logout');

/** The authorization request, as far as the address that the browser is sent back to. */
async function signIn(parameters, decision) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const answer = decision ? await decide(url, decision) : await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 303);
  return { callback: new URL(answer.headers.get('location')), checks };
}

/** What a user does with a page of the provider. */
async function decide(url, decision) {
  const page = await (await fetch(url)).text();
  const ticket = /name=ticket value="([^"]+)"/.exec(page)[1];
  const account = /name=account value="grace"/.test(page) ? 'grace' : assert.fail('no such account');
  const [, action] = /<form method=post action="([^"]+)"/.exec(page);
  return fetch(new URL(action, url), {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: issuer.origin, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ ticket, account, decision }),
  });
}

function say(part) {
  console.log(`ok ${part}`);
}
