// `npm run eval -- --dataset questions.jsonl`
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/eval/main.js');
