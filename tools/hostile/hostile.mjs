import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/hostile/main.js');
