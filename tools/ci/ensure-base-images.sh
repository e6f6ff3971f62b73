#!/usr/bin/env bash
# Makes sure that the base images our Dockerfiles name exist on this machine.
# Where the image registry answers, they are pulled. Where it does not, stand-ins with the
# same names are made: Debian from its packages, Node from the npm packages `node` and `npm`.
# Safe to run again. Arguments: the images wanted (default: all).
set -euo pipefail
source "$(dirname "$0")/debian-mirror.sh"

PULL_SECONDS=${PULL_SECONDS:-60}
DEBIAN_IMAGE=debian:bookworm-slim
NODE_IMAGE=node:22-bookworm-slim
SCRATCH=$(mktemp -d)
trap 'as_root rm -rf "$SCRATCH"' EXIT

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }

make_debian_stand_in() {
  if ! command -v debootstrap >/dev/null; then
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap
  fi
  as_root debootstrap --variant=minbase bookworm "$SCRATCH/debian" "$(debian_mirror)" >"$SCRATCH/debootstrap.log" ||
    { tail -n 20 "$SCRATCH/debootstrap.log" >&2; return 1; }
  # What the official slim image leaves out as well.
  as_root sh -c "rm -rf '$SCRATCH'/debian/var/cache/apt/*.bin '$SCRATCH'/debian/var/cache/apt/archives/*.deb \
    '$SCRATCH'/debian/var/lib/apt/lists/* '$SCRATCH'/debian/usr/share/doc/* '$SCRATCH'/debian/usr/share/man/* \
    '$SCRATCH'/debian/usr/share/locale/*"
  as_root tar -C "$SCRATCH/debian" --numeric-owner -c . | docker import --change 'CMD ["bash"]' - "$DEBIAN_IMAGE" >/dev/null
}

make_node_stand_in() {
  ensure_image "$DEBIAN_IMAGE" make_debian_stand_in
  local architecture
  case "$(dpkg --print-architecture)" in
    amd64) architecture=x64 ;;
    arm64) architecture=arm64 ;;
    *) echo "No stand-in for $NODE_IMAGE on this architecture." >&2; return 1 ;;
  esac
  mkdir -p "$SCRATCH/node" && cd "$SCRATCH/node"
  # The package that holds the binary of one platform; `node` itself only chooses among these.
  npm pack --silent "node-linux-$architecture@22" >/dev/null
  npm pack --silent npm@10 >/dev/null
  mkdir binary npm authorities
  tar -xzf node-linux-"$architecture"-*.tgz -C binary --strip-components=1
  tar -xzf npm-*.tgz -C npm --strip-components=1
  # Where this machine trusts authorities of its own (a proxy that reads TLS), so must `npm ci` in a build.
  local trust=""
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" authorities/ca-certificates.crt
    trust="ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
  fi
  cat >Dockerfile <<DOCKERFILE
FROM $DEBIAN_IMAGE
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY binary/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY authorities /etc/ssl/certs
$trust
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
 && chmod 755 /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/*.js \\
 && ldconfig && node --version && npm --version
CMD ["node"]
DOCKERFILE
  DOCKER_BUILDKIT=0 docker build --quiet --network none --tag "$NODE_IMAGE" . >/dev/null
  cd - >/dev/null
}

# ensure_image NAME MAKE_STAND_IN
ensure_image() {
  if image_exists "$1"; then echo "$1: here"; return; fi
  if timeout "$PULL_SECONDS" docker pull --quiet "$1" >/dev/null 2>"$SCRATCH/pull.log"; then echo "$1: pulled"; return; fi
  echo "$1: not pulled ($(tail -n 1 "$SCRATCH/pull.log")); making a stand-in ..."
  "$2"
  echo "$1: stand-in made"
}

for image in "${@:-$DEBIAN_IMAGE $NODE_IMAGE}"; do
  for name in $image; do
    case "$name" in
      "$DEBIAN_IMAGE") ensure_image "$name" make_debian_stand_in ;;
      "$NODE_IMAGE") ensure_image "$name" make_node_stand_in ;;
      *) echo "Unknown base image '$name' (known: $DEBIAN_IMAGE, $NODE_IMAGE)." >&2; exit 2 ;;
    esac
  done
done
