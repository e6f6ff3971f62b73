// `npm run publish-model`: the shards of a verl run → one Hugging Face model → the hub. See docs/publish-model.md.
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/publish-model/main.js');
