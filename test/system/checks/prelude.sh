# Sourced by every check, in the guest. Prints PASS, FAIL and SKIP lines; the check's status is the number of failures.
cd /mnt/limen/main || exit 99
failures=0
trap 'exit $failures' EXIT

check() { # name, command: passes when the command does
  local name=$1 from=$SECONDS log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    echo "PASS $name ($((SECONDS - from)) s)$(sed -n 's/^note: /; /p' "$log" | tr -d '\n')"
  else
    echo "FAIL $name (status $?, $((SECONDS - from)) s)"
    tail -n 25 "$log" | sed 's/^/     /'
    failures=$((failures + 1))
  fi
}

skip() { echo "SKIP $1: $2"; }

# Runs test files (after flags of Node's) and prints their tests as PASS, FAIL and SKIP lines.
node_tests() {
  local log status
  log=$(mktemp)
  # The emulated machine is slow: what takes 10 s here takes a fraction of one on a real box.
  node --import tsx --test --test-reporter=tap --test-timeout=1800000 "$@" >"$log" 2>&1
  status=$?
  sed -nE '/# SKIP test name does not match/d
    s/^ *ok [0-9]+ - (.*) # SKIP ?(.*)/SKIP \1: \2/p; t
    s/^ *not ok [0-9]+ - /FAIL /p; t
    s/^ *ok [0-9]+ - /PASS /p; t
    s/^ *(error|location|expected|actual): /     &/p' "$log"
  [ $status -eq 0 ] || { grep -q '^ *not ok' "$log" || tail -n 20 "$log"; failures=$((failures + 1)); }
}

wait_for() { # seconds, command: until it succeeds
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || { echo "waited in vain for: $*"; return 1; }
    sleep 0.5
  done
}

# A simulated chip of 8 lines with the label limen-sim, all pulled down; sets chip and lines, where its levels can be
# read.
gpio_sim() {
  local sim=/sys/kernel/config/gpio-sim/limen
  modprobe -a configfs gpio-sim
  mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
  if [ ! -d "$sim" ]; then
    mkdir -p "$sim/bank"
    echo 8 >"$sim/bank/num_lines"
    echo limen-sim >"$sim/bank/label"
    echo 1 >"$sim/live"
    udevadm settle
  fi
  chip=$(cat "$sim/bank/chip_name")
  lines=/sys/devices/platform/$(cat "$sim/dev_name")/$chip
  for pull in "$lines"/sim_gpio*/pull; do echo pull-down >"$pull"; done
}

# A mock-up chip whose sysfs numbers equal its lines (the second figure is where they end, not a count); sets chip and
# lines, where its levels can be read and its inputs driven.
gpio_mockup() {
  mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
  lsmod | grep -q '^gpio_mockup' || modprobe gpio-mockup gpio_mockup_ranges=0,54
  udevadm settle
  chip=$(gpiodetect | awk '/gpio-mockup-A/ { print $1 }')
  lines=/sys/kernel/debug/gpio-mockup/$chip
}

has_onoff() { node -e 'require("onoff")' 2>/dev/null; }

# /dev/video9, which gives pictures while something is written to it.
loopback_camera() {
  lsmod | grep -q '^v4l2loopback' || modprobe v4l2loopback video_nr=9 card_label=limen
  udevadm settle
}
