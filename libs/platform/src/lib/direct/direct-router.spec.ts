import fc from 'fast-check';
import { DirectRouter } from './direct-router';

const route = (method: 'GET' | 'POST', path: string) => ({ method, path, handle: () => undefined });
const router = new DirectRouter([route('POST', '/things'), route('GET', '/things/:id'), route('GET', '/things/:id/files/*path')]);

describe('direct router', () => {
  it.each([
    ['POST', '/things', '/things', {}],
    ['POST', '/things?x=/y', '/things', {}],
    ['GET', '/things/7', '/things/:id', { id: '7' }],
    ['GET', '/things/7/files/a%2Fb/c', '/things/:id/files/*path', { id: '7', path: 'a%2Fb/c' }],
    ['GET', '/things/7/files/', '/things/:id/files/*path', { id: '7', path: '' }],
    ['GET', '/things//files//', '/things/:id/files/*path', { id: '', path: '/' }],
  ])('finds %s %s', (method, url, path, parameters) => {
    const match = router.match(method, url);
    expect(match && [match.route.path, Object.fromEntries(match.parameters)]).toEqual([path, parameters]);
  });

  it.each([
    ['GET', '/things'],
    ['POST', '/things/7'],
    ['GET', '/things/7/files'],
    ['GET', '/other'],
    ['GET', ''],
    ['OPTIONS', '*'],
  ])('leaves %s %s to the framework', (method, url) => expect(router.match(method, url)).toBeNull());

  it('passes on any segment as it stands in the URL', () => {
    fc.assert(
      fc.property(fc.webSegment(), fc.webPath(), (id, rest) => {
        const parameters = router.match('GET', `/things/${id}/files${rest || '/'}`)?.parameters;
        expect([parameters?.get('id'), parameters?.get('path')]).toEqual([id, (rest || '/').slice(1)]);
      }),
    );
  });
});
