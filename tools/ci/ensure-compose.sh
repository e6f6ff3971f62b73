#!/usr/bin/env bash
# Makes sure that `docker compose` (v2) works: where it is missing, takes the CLI plugin out of
# Debian trixie's package docker-compose (bookworm has only v1), through apt in a private
# state folder, so that signatures are checked and the machine's own sources stay as they are.
set -euo pipefail
source "$(dirname "$0")/debian-mirror.sh"

if docker compose version >/dev/null 2>&1; then docker compose version; exit 0; fi

PLUGINS=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

mkdir -p "$SCRATCH"/{etc,state/lists/partial,cache/archives/partial,unpacked}
echo "deb [signed-by=$KEYRING] $(debian_mirror) trixie main" >"$SCRATCH/etc/sources.list"
: >"$SCRATCH/status"
private_apt() {
  apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$SCRATCH/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State="$SCRATCH/state" -o Dir::State::status="$SCRATCH/status" -o Dir::Cache="$SCRATCH/cache" \
    -o Acquire::Languages=none "$@"
}
private_apt update
(cd "$SCRATCH" && private_apt download docker-compose)
dpkg-deb -x "$SCRATCH"/docker-compose_*.deb "$SCRATCH/unpacked"

plugin=$(find "$SCRATCH/unpacked" -type f -name docker-compose -path '*cli-plugins*' | head -n 1)
[ -n "$plugin" ] || { echo "The docker-compose package holds no CLI plugin." >&2; exit 1; }
mkdir -p "$PLUGINS"
install -m 755 "$plugin" "$PLUGINS/docker-compose"
docker compose version
