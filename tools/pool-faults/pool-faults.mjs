// `npm run pool-faults`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/pool-faults/main.js');
