// `npm run simulate-routing`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/routing-simulation/main.js');
