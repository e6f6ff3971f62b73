import { LaunchProgress } from './launch-watch';

describe('the progress of a launch', () => {
  const follow = (): { progress: LaunchProgress; heard: string[] } => {
    const heard: string[] = [];
    return { progress: new LaunchProgress(({ text }, isStep) => heard.push(isStep ? `${text}!` : text)), heard };
  };

  it('is told at every change, and marks the first word and each further tenth', () => {
    const { progress, heard } = follow();
    for (const share of [null, 0, 0.05, 0.05, 0.31, 0.1, 0.32, 1]) progress.report({ text: `at ${share}`, share });

    expect(heard).toEqual(['at null!', 'at 0!', 'at 0.05', 'at 0.31!', 'at 0.1', 'at 0.32', 'at 1!']);
    expect(progress.activity).toBe('at 1');
  });

  it('ends with the launch: nothing is heard of it any more', () => {
    const { progress, heard } = follow();
    progress.report({ text: 'half', share: 0.5 });
    progress.end();
    progress.report({ text: 'whole', share: 1 });

    expect(heard).toEqual(['half!']);
    expect([progress.signal.aborted, progress.activity]).toEqual([true, null]);
  });
});
