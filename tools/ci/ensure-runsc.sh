#!/usr/bin/env bash
# Makes sure that the Docker engine has the runtime `runsc` (gVisor): takes the binary out of Debian trixie's package
# runsc (bookworm has none), through apt in a private state folder, so that signatures are checked and the machine's own
# sources stay as they are, and registers it with the running engine by a reload: no container notices.
# Where it can't be had, says why and ends well: what needs gVisor then reports itself as not applicable.
set -uo pipefail
source "$(dirname "$0")/debian-mirror.sh"

BINARY=${RUNSC_BINARY:-/usr/local/bin/runsc}
DAEMON_CONFIG=${DOCKER_DAEMON_CONFIG:-/etc/docker/daemon.json}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

without_gvisor() {
  echo "No gVisor here: $1"
  exit 0
}
is_registered() { timeout 20 docker info --format '{{range $name, $runtime := .Runtimes}}{{$name}}{{"\n"}}{{end}}' 2>/dev/null | grep -qx runsc; }
report() { echo "The engine has the runtime runsc ($("$1" --version 2>/dev/null | head -n 1))."; }

[ "$(uname -s)" = Linux ] || without_gvisor "it needs Linux, this is $(uname -s)."
timeout 20 docker version >/dev/null 2>&1 || without_gvisor 'no Docker engine answers.'
if is_registered; then report "$(command -v runsc || echo "$BINARY")"; exit 0; fi

SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

unpack_package() {
  local mirror
  mirror=$(debian_mirror) || return 1
  mkdir -p "$SCRATCH"/{etc,state/lists/partial,cache/archives/partial,unpacked}
  echo "deb [signed-by=$KEYRING] $mirror trixie main" >"$SCRATCH/etc/sources.list"
  : >"$SCRATCH/status"
  local options=(-qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$SCRATCH/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State="$SCRATCH/state" -o Dir::State::status="$SCRATCH/status" -o Dir::Cache="$SCRATCH/cache" -o Acquire::Languages=none)
  apt-get "${options[@]}" update || return 1
  (cd "$SCRATCH" && apt-get "${options[@]}" download runsc) || return 1
  dpkg-deb -x "$SCRATCH"/runsc_*.deb "$SCRATCH/unpacked"
}

# Reads the engine's settings, adds the runtime, prints the whole.
with_runtime() {
  python3 - "$DAEMON_CONFIG" "$1" <<'PYTHON'
import json, os, sys
path, binary = sys.argv[1:]
settings = json.load(open(path)) if os.path.exists(path) and os.path.getsize(path) else {}
# systrap works without KVM; sandboxes never have a network, so gVisor needs none of its own either.
settings.setdefault("runtimes", {})["runsc"] = {"path": binary, "runtimeArgs": ["--platform=systrap", "--network=none"]}
print(json.dumps(settings, indent=2))
PYTHON
}

binary=$(command -v runsc || true)
if [ -z "$binary" ]; then
  echo 'Taking runsc out of its Debian package ...'
  unpack_package >&2 || without_gvisor "Debian's package runsc could not be fetched."
  found=$(find "$SCRATCH/unpacked" -type f -name runsc -perm -u+x | head -n 1)
  [ -n "$found" ] || without_gvisor 'the package holds no program of that name.'
  as_root install -m 755 "$found" "$BINARY" || without_gvisor "$BINARY can't be written."
  binary=$BINARY
fi
"$binary" --version >/dev/null 2>&1 || without_gvisor "$binary does not run on this machine."

with_runtime "$binary" >"$SCRATCH/daemon.json" || without_gvisor "$DAEMON_CONFIG could not be read."
as_root mkdir -p "$(dirname "$DAEMON_CONFIG")"
as_root install -m 644 "$SCRATCH/daemon.json" "$DAEMON_CONFIG" || without_gvisor "$DAEMON_CONFIG can't be written."
# A reload takes new runtimes in; only an engine that was started with --config-file reads another file.
as_root kill -HUP "$(pgrep -xo dockerd)" || without_gvisor 'the engine runs elsewhere: register runsc there.'

for _ in $(seq 20); do
  if is_registered; then report "$binary"; exit 0; fi
  sleep 0.5
done
without_gvisor "the engine did not take the runtime from $DAEMON_CONFIG."
