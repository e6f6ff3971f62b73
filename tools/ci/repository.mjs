import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that everything is run in. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Large things that a check needs and that are worth keeping for the next run: outside the tree. @param {string} name */
export const scratchFolder = (name) => join(process.env.CI_SCRATCH ?? join(tmpdir(), 'interleave-ci'), name);
