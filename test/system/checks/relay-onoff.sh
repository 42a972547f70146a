# onoff: on gpio-mockup, whose sysfs numbers equal its lines here (the second figure is where they end, not a count).
source /mnt/limen/main/test/system/checks/prelude.sh

if ! node -e 'require("onoff")' 2>/dev/null; then
  skip relay-onoff 'the optional package onoff is not installed or not built in this checkout'
  exit
fi
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
lsmod | grep -q '^gpio_mockup' || modprobe gpio-mockup gpio_mockup_ranges=0,54
udevadm settle
chip=$(gpiodetect | awk '/gpio-mockup-A/ { print $1 }')
export LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=/sys/kernel/debug/gpio-mockup/$chip

LIMEN_TEST_ONOFF=onoff:17 node_tests --test-name-pattern='^onoff:' test/contract/relay.test.ts
LIMEN_TEST_ONOFF='onoff:18?active=low' node_tests --test-name-pattern='^onoff:' test/contract/relay.test.ts
node_tests test/system/checks/relay-onoff.ts
