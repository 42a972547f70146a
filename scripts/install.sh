#!/bin/sh
# Installs Limen as a systemd service, or removes it. Run again to update; a failed update leaves the old one.
set -eu

usage() {
  cat <<'TEXT'
  sudo scripts/install.sh                install or update, then start
  sudo scripts/install.sh --uninstall    remove; configuration and enrolled people stay

  --prefix DIR       where Limen goes (/opt/limen)
  --root DIR         a directory that stands for / (images, tests); nothing is started
  --skip-packages    do not run npm ci; node_modules must be put there some other way
  --dry-run          print what would be done
TEXT
}

fail() {
  printf 'install.sh: %s\nwhat to do: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

run() {
  if [ "$dry_run" = yes ]; then
    printf 'would run: %s\n' "$*"
  else
    "$@"
  fi
}

prefix=/opt/limen
root=
dry_run=no
packages=yes
action=install

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --root)
      [ $# -ge 2 ] || fail "$1 needs a directory" "$1 DIR" 2
      if [ "$1" = --prefix ]; then prefix=$2; else root=$2; fi
      shift
      ;;
    --skip-packages) packages=no ;;
    --dry-run) dry_run=yes ;;
    --uninstall) action=uninstall ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown option $1" "see scripts/install.sh --help" 2 ;;
  esac
  shift
done

case $prefix in
  /?*) ;;
  *) fail "--prefix $prefix is not an absolute path" "name a directory such as /opt/limen" 2 ;;
esac
# The unit's ExecStart would need quoting, and sed its own.
case $prefix in
  *[!A-Za-z0-9/._-]*) fail "--prefix $prefix has characters that a unit file would need quoted" "choose a plain name" 2 ;;
esac
case /$prefix/ in
  */../* | */./*) fail "--prefix $prefix goes back on itself" "write it without . and .." 2 ;;
esac
prefix=${prefix%/}
root=${root%/}

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=$root$prefix
unit=$root/etc/systemd/system/limen.service
sysusers=$root/etc/sysusers.d/limen.conf
tmpfiles=$root/etc/tmpfiles.d/limen.conf
rules=$root/etc/udev/rules.d/60-limen.rules
command=$root/usr/local/bin/limen
config=$root/etc/limen/limen.yaml

[ "$source" != "$target" ] || fail "$source cannot be installed onto itself" "run it from a checkout elsewhere"
if [ -z "$root" ] && [ "$dry_run" = no ] && [ "$(id -u)" != 0 ]; then
  fail "this writes to /etc and $prefix" "run it as root: sudo scripts/install.sh"
fi

# The target is replaced and removed as a whole: nothing else may be there.
if [ -e "$target" ] && ! grep -qs '"name": "limen"' "$target/package.json"; then
  fail "$target exists and is not Limen" "choose another --prefix, or empty it yourself"
fi

# Whether there is a running systemd to speak to; never for an image.
live() {
  [ -z "$root" ] && [ -d /run/systemd/system ]
}

node_binary() {
  found=$(command -v node) || fail "there is no node" "install Node 20.9 or newer"
  "$found" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 9) ? 0 : 1)' ||
    fail "$found is older than 20.9" "install a newer Node"
  case $found in
    /home/* | /root/*)
      fail "$found is in a home directory, which the service may not read" "install Node for the whole machine"
      ;;
  esac
  printf '%s\n' "$found"
}

put() { # SOURCE TARGET MODE
  run install -D -m "$3" "$1" "$2"
}

copy_tree() {
  staging=$target.new
  run rm -rf "$staging"
  run mkdir -p "$staging"
  for name in package.json package-lock.json .npmrc tsconfig.json LICENSE README.md src dist models config; do
    if [ -e "$source/$name" ]; then run cp -R "$source/$name" "$staging/"; fi
  done
  # Not --omit=optional: that would drop the codecs' binaries.
  if [ "$packages" = yes ]; then run npm --prefix "$staging" ci --omit=dev; fi
  run chmod -R u=rwX,go=rX "$staging"
  run rm -rf "$target.old"
  if [ -e "$target" ]; then run mv "$target" "$target.old"; fi
  run mv "$staging" "$target"
  run rm -rf "$target.old"
}

write_unit() {
  if [ "$dry_run" = yes ]; then
    printf 'would write: %s (node %s, Limen %s)\n' "$unit" "$1" "$prefix"
    return
  fi
  install -d -m 755 "$(dirname "$unit")"
  sed -e "s|/usr/bin/node|$1|" -e "s|/opt/limen|$prefix|" "$source/systemd/limen.service" >"$unit.new"
  chmod 644 "$unit.new"
  mv "$unit.new" "$unit"
}

install_limen() {
  node=$(node_binary)
  copy_tree
  put "$source/systemd/limen.sysusers.conf" "$sysusers" 644
  put "$source/systemd/limen.tmpfiles.conf" "$tmpfiles" 644
  put "$source/systemd/60-limen.rules" "$rules" 644
  if [ -e "$config" ]; then
    echo "kept: $config"
  else
    put "$source/config/example.yaml" "$config" 640
  fi
  write_unit "$node"
  run install -d -m 755 "$(dirname "$command")"
  run ln -sfn "$prefix/src/bin.js" "$command"
  if ! live; then
    echo "installed in ${root:-/}; nothing was started"
    return
  fi
  run systemd-sysusers "$sysusers"
  run systemd-tmpfiles --create "$tmpfiles"
  run udevadm control --reload
  # As at boot: what is under /sys is set right when a device is added, and the daemon must find it so.
  run udevadm trigger --action=add --subsystem-match=video4linux --subsystem-match=gpio
  run udevadm settle --timeout=30 || true
  run systemctl daemon-reload
  run systemctl enable limen.service
  run systemctl restart limen.service
  echo "Limen runs: systemctl status limen. Its configuration: $config"
}

uninstall_limen() {
  if live && [ -e "$unit" ]; then run systemctl disable --now limen.service; fi
  run rm -f "$unit" "$sysusers" "$tmpfiles" "$rules"
  if [ "$(readlink "$command" 2>/dev/null)" = "$prefix/src/bin.js" ]; then run rm -f "$command"; fi
  run rm -rf "$target" "$target.new" "$target.old"
  if live; then
    run systemctl daemon-reload
    run udevadm control --reload
  fi
  echo "removed; $root/etc/limen and $root/var/lib/limen (everybody enrolled) were kept"
}

case $action in
  install) install_limen ;;
  uninstall) uninstall_limen ;;
esac
