# Inputs: gpiod: on gpio-sim and onoff: on gpio-mockup, moved from the simulator's side.
source /mnt/limen/main/test/system/checks/prelude.sh

gpio_sim
LIMEN_TEST_GPIOD_INPUT="gpiod://$chip/7?pull=up" node_tests --test-name-pattern='^gpiod' test/contract/door-input.test.ts
LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=$lines node_tests test/system/checks/inputs-gpiod.ts
if has_onoff; then
  gpio_mockup
  LIMEN_TEST_ONOFF_INPUT=onoff:7 node_tests --test-name-pattern='^onoff:' test/contract/door-input.test.ts
  LIMEN_SYSTEM_LINES=$lines node_tests test/system/checks/inputs-onoff.ts
else
  skip inputs-onoff 'the optional package onoff is not installed or not built in this checkout'
fi
# Last, in a chip of its own: the kernel complains about lines that are still held.
LIMEN_SYSTEM_SIM=/sys/kernel/config/gpio-sim node_tests test/system/checks/inputs-chip-gone.ts
