#!/usr/bin/env bash
# Makes sure that a Docker engine answers: installs Debian's docker.io where no dockerd
# is found, starts dockerd where none runs, waits until it answers. Safe to run again.
set -euo pipefail
source "$(dirname "$0")/debian-mirror.sh"

WAIT_SECONDS=${DOCKER_WAIT_SECONDS:-60}
LOG_FILE=${DOCKERD_LOG:-/var/log/dockerd.log}

engine_answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

report() { echo "Docker engine $(docker version --format '{{.Server.Version}} (API {{.Server.APIVersion}})') answers."; }

if engine_answers; then report; exit 0; fi

if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
  echo "Installing docker.io ..."
  as_root apt-get update -qq
  # With what it recommends: without cgroupfs-mount and iptables the engine doesn't start on a bare machine.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io
  # From Debian trixie on, the command line client is a package of its own.
  command -v docker >/dev/null || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker-cli
fi

if ! engine_answers; then
  echo "Starting dockerd (log: $LOG_FILE) ..."
  # An engine that was killed leaves its pid files; where another process has that pid now, a new one refuses to start.
  pgrep -x dockerd >/dev/null || as_root rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
  as_root sh -c "nohup dockerd >>'$LOG_FILE' 2>&1 </dev/null &"
fi

for _ in $(seq "$WAIT_SECONDS"); do
  if engine_answers; then report; exit 0; fi
  sleep 1
done

echo "No Docker engine after $WAIT_SECONDS s. Last lines of $LOG_FILE:" >&2
tail -n 20 "$LOG_FILE" >&2 || true
exit 1
