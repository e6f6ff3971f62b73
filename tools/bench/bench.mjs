// `npm run bench`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/bench/main.js');
