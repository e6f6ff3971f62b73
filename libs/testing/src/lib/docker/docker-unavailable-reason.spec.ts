import { whyNoEngineAnswers } from './docker-unavailable-reason';

describe('whether a Docker engine answers', () => {
  it.each([
    ['unix:///nowhere/docker.sock', 'ENOENT'],
    ['tcp://127.0.0.1:1', 'ECONNREFUSED'],
  ])('says for %s where it looked and what it met', (host, problem) => {
    const reason = whyNoEngineAnswers(host);
    expect(reason).toContain(`No Docker engine answers at ${host}: `);
    expect(reason).toContain(problem);
  });
});
