# gpiod: on gpio-sim, whose lines can be read back from outside.
source /mnt/limen/main/test/system/checks/prelude.sh

modprobe -a configfs gpio-sim
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
sim=/sys/kernel/config/gpio-sim/limen
if [ ! -d "$sim" ]; then
  mkdir -p "$sim/bank"
  echo 8 >"$sim/bank/num_lines"
  echo limen-sim >"$sim/bank/label"
  echo 1 >"$sim/live"
  udevadm settle
fi
chip=$(cat "$sim/bank/chip_name")
export LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=/sys/devices/platform/$(cat "$sim/dev_name")/$chip

export LIMEN_TEST_GPIOD=gpiod://$chip/0
node_tests --test-name-pattern='^gpiod' test/contract/relay.test.ts
LIMEN_TEST_GPIOD="gpiod://$chip/1?active=low&bias=pull-up" node_tests --test-name-pattern='^gpiod' test/contract/relay.test.ts
node_tests test/system/checks/relay-gpiod.ts
