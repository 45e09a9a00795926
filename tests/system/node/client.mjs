// openid-client against a running city. It speaks with the test line by line: what it needs from a
// browser it asks for as {"browse": url} and is answered with {"callback": url}; each finding of its
// own is one line {"found": name, ...}. Secrets come on standard input alone.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => JSON.parse((await lines.next()).value)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const { issuer, clientId, secret, redirectUri, scope } = await next()
const config = await client.discovery(
  new URL(issuer),
  clientId,
  undefined,
  client.ClientSecretBasic(secret),
  { execute: [client.allowInsecureRequests] }, // the test's issuer is http on loopback
)
client.enableNonRepudiationChecks(config) // check the ID token's signature, over TLS optional
const metadata = config.serverMetadata()
say({ found: 'metadata', issuer: metadata.issuer, pkce: metadata.supportsPKCE() })

async function authorize(parameters = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  })
  say({ browse: url.href })
  const callback = new URL((await next()).callback)
  return { callback, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } }
}

async function refusal(promise) {
  try {
    await promise
    return { error: 'none: it was accepted' }
  } catch (error) {
    return { error: error.error ?? error.code ?? String(error), status: error.status }
  }
}

// A code for tokens; claims; a refresh; the end of the family.
const { callback, checks } = await authorize()
const tokens = await client.authorizationCodeGrant(config, callback, checks)
const claims = tokens.claims()
say({ found: 'tokens', type: tokens.token_type, sub: claims.sub, claims: Object.keys(claims).sort() })

const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
say({ found: 'userinfo', claims: userinfo })

const attributes = new URL('/v1/attributes', issuer)
const read = async (token) => {
  const answer = await client.fetchProtectedResource(config, token, attributes, 'GET')
  return { status: answer.status, body: await answer.json() }
}
say({ found: 'attributes', ...(await read(tokens.access_token)) })

const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
say({
  found: 'refresh',
  rotated: fresh.refresh_token !== tokens.refresh_token,
  another: fresh.access_token !== tokens.access_token,
  sub: (await client.fetchUserInfo(config, fresh.access_token, claims.sub)).sub,
})

await client.tokenRevocation(config, fresh.refresh_token)
say({ found: 'revoked', ...(await refusal(client.refreshTokenGrant(config, fresh.refresh_token))) })
say({
  found: 'dead',
  ...(await refusal(client.fetchUserInfo(config, fresh.access_token, claims.sub))),
})

// The verifier of another login; then the right one, too late: the code is burnt.
const second = await authorize()
const stolen = { ...second.checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }
say({
  found: 'wrong verifier',
  ...(await refusal(client.authorizationCodeGrant(config, second.callback, stolen))),
})
say({
  found: 'burnt',
  ...(await refusal(client.authorizationCodeGrant(config, second.callback, second.checks))),
})

// An answer that carries another issuer's name is none (RFC 9207).
const third = await authorize()
third.callback.searchParams.set('iss', 'https://elsewhere.example')
say({
  found: 'mixed up',
  ...(await refusal(client.authorizationCodeGrant(config, third.callback, third.checks))),
})
process.exit(0)
