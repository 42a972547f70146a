# gpiod: on gpio-sim, whose lines can be read back from outside.
source /mnt/limen/main/test/system/checks/prelude.sh

gpio_sim
export LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=$lines
for uri in "gpiod://$chip/0" "gpiod://$chip/1?active=low&bias=pull-up"; do
  LIMEN_TEST_GPIOD=$uri node_tests --test-name-pattern='^gpiod' test/contract/relay.test.ts
done
node_tests test/system/checks/relay-gpiod.ts
