// `npm run fuzz -- --cases 10000`: random requests from the OpenAPI document. Needs schemathesis beside the Python that OPENAI_PYTHON names
// (tools/ci/ensure-python-tools.sh).
import { runBuilt } from '../harness/run-built.mjs';

await runBuilt('dist/tools/conformance/fuzz.js');
