// `npm run exactness`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/exactness/main.js');
