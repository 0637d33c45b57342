import { expect, it } from 'vitest';
import { proxyFor } from '../../../src/adapters/kubernetes/proxy-choice.ts';

const PROXY = 'http://proxy:3128';
it.each<[string, Record<string, string>, string | undefined, string]>([
  ['https://api.example:6443', { HTTPS_PROXY: PROXY }, PROXY, 'https has its own variable'],
  ['https://api.example', { https_proxy: PROXY, HTTPS_PROXY: 'http://other' }, PROXY, 'lower case wins, as in curl'],
  ['https://api.example', { HTTP_PROXY: PROXY }, undefined, 'the variable for http is not for https'],
  ['http://api.example', { HTTP_PROXY: PROXY }, PROXY, 'but for http it is'],
  ['https://api.example', { HTTPS_PROXY: '  ' }, undefined, 'an empty one is none'],
  ['https://api.example', { HTTPS_PROXY: 'proxy:3128' }, PROXY, 'the scheme may be left away'],
  ['https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined, 'never for this machine'],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: PROXY }, undefined, 'never for this machine'],
  ['https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined, 'never for this machine'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined, 'none at all'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.b, api.example' }, undefined, 'by name'],
  ['https://API.example', { HTTPS_PROXY: PROXY, no_proxy: 'api.EXAMPLE' }, undefined, 'whatever the case'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: '.example' }, undefined, 'by domain'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'example' }, undefined, 'by domain without a dot'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: '*.example' }, undefined, 'by domain with a star'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'ample' }, PROXY, 'half a name is another name'],
  ['https://api.example:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.example:6443' }, undefined, 'with its port'],
  ['https://api.example:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'api.example:443' }, PROXY, 'another port'],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.1.2.3' }, undefined, 'by address'],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, undefined, 'by network'],
  ['https://11.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8,fd00::/8' }, PROXY, 'outside of the network'],
  ['https://[fd00::1]', { HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::/8' }, undefined, 'IPv6 too'],
  ['https://[fd00::1]', { HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::1' }, undefined, 'IPv6 by address'],
  ['https://api.example', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/99' }, PROXY, 'nonsense exempts nobody'],
])('for %s and %j: %s (%s)', (server, environment, proxy) => {
  expect(proxyFor(server, environment)).toBe(proxy);
});
