// The certified provider with one client, whose interaction needs no browser: each request for a
// login ends as the test last asked for through /control.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const options = JSON.parse(process.argv[2]);
const control = { account: 'someone', outcome: 'log_in' };
let handle = (request, response) => response.end();

// New at each start, as after a rotation; the package's own default is a fixed one.
function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

const server = http.createServer((request, response) => handle(request, response));
server.listen(options.port ?? 0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: options.client_id,
      client_secret: options.client_secret,
      redirect_uris: [options.redirect_uri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    jwks: { keys: [signingKey()] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['for-tests-only'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, name: `Test person ${id}` }),
    }),
  });

  async function interact(request, response) {
    const { params } = await provider.interactionDetails(request, response);
    if (control.outcome === 'deny') {
      const refusal = { error: 'access_denied', error_description: 'the person said no' };
      return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
    }
    const grant = new provider.Grant({ accountId: control.account, clientId: params.client_id });
    grant.addOIDCScope('openid email profile');
    const result = { login: { accountId: control.account }, consent: { grantId: await grant.save() } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  const callback = provider.callback();
  handle = (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === '/control') {
      Object.assign(control, Object.fromEntries(url.searchParams));
      return response.end();
    }
    if (url.pathname.startsWith('/interaction/')) {
      return interact(request, response).catch((error) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    }
    return callback(request, response);
  };
  console.log(JSON.stringify({ issuer }));
});

// The parent holds the other end: when it is gone, so are we.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
