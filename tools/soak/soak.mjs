// `npm run soak`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/soak/main.js');
