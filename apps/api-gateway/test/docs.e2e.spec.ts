import { GatewayUnderTest } from './support/gateway-under-test';

describe('what the gateway says of itself', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({
      workers: [{ script: [], servedNames: ['Qwen/Qwen2.5-Coder-7B'] }],
      environment: { API_KEYS: 'key' },
    });
  });
  afterAll(() => gateway.stop());

  it('is a page, for everyone', async () => {
    const response = await fetch(`${gateway.url}/docs`);

    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('POST /v1/chat/completions');
  });

  it('is an OpenAPI document', async () => {
    expect(await (await fetch(`${gateway.url}/openapi.json`)).json()).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/completions': { post: {} } },
    });
  });

  it.each(['/v1/models/Qwen/Qwen2.5-Coder-7B', '/models/Qwen/Qwen2.5-Coder-7B', '/v1/models/Qwen%2FQwen2.5-Coder-7B'])(
    'names a model whose id holds a slash: %s',
    async (path) => {
      const response = await fetch(gateway.url + path, { headers: { authorization: 'Bearer key' } });

      expect(await response.json()).toMatchObject({ id: 'Qwen/Qwen2.5-Coder-7B', object: 'model', owned_by: 'interleave' });
    },
  );

  it('names no model that there is none of', async () => {
    const response = await fetch(`${gateway.url}/v1/models/none/such`, { headers: { authorization: 'Bearer key' } });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });
});
