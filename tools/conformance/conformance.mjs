// `npm run conformance`: well-known clients of the OpenAI API against the gateway. Needs the packages of tools/conformance (`npm ci` there) and a Python with
// openai and langchain-openai (tools/ci/ensure-python-tools.sh), named by OPENAI_PYTHON.
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/conformance/main.js');
