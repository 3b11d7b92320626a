import { describe, expect, it } from 'vitest';
import { progressText } from '../../../src/cli/terminal/progress.ts';

describe('progressText', () => {
  it('shows a bar, speed and remaining time once the total is known', () => {
    const progress = { filesDone: 12, files: 48, records: 2_900, bytesDone: 5_000_000 };
    expect(progressText(progress, 2_000)).toBe('[#####---------------] 12/48 files  2,900 records  2.5 MB/s  6 s left');
  });

  it('shows only counts while the total is unknown and the run is young', () => {
    expect(progressText({ filesDone: 3, bytesDone: 10 }, 100)).toBe('3 files');
  });

  it('prefers bytes to files for the bar', () => {
    expect(progressText({ filesDone: 1, files: 100, bytesDone: 50, bytes: 100 }, 100)).toMatch(
      /^\[#{10}-{10}\] 1\/100/,
    );
  });
});
