# Sourced, not run: prints the Debian mirror this machine's own apt already uses.
# Nothing here names a host: a machine behind a mirror or a cache keeps using it.

debian_mirror() {
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "main" && $3 == "Debian" { print $1 }' | grep -v -e security -e backports | head -n 1)
  if [ -z "$mirror" ]; then
    echo "No Debian mirror found in this machine's apt sources (run 'apt-get update' first?)." >&2
    return 1
  fi
  echo "${mirror%/}"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
