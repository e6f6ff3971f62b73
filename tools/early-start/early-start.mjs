// `npm run early-start`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/early-start/main.js');
