import { parseProcessorTimes, processorTimes } from './processor-times';

describe('times of the processors', () => {
  it('count waiting for a disk as idle, and a guest’s time once', () => {
    const stat = 'cpu  10 20 30 400 50 6 7 8 10 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n';
    expect(parseProcessorTimes(stat)).toEqual({ idle: 450, total: 531 });
  });

  it('are those of this machine', () => {
    const { idle, total } = processorTimes();
    expect(idle).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(idle);
  });
});
