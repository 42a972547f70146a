# onoff: on gpio-mockup.
source /mnt/limen/main/test/system/checks/prelude.sh

if ! has_onoff; then
  skip relay-onoff 'the optional package onoff is not installed or not built in this checkout'
  exit
fi
gpio_mockup
export LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=$lines

LIMEN_TEST_ONOFF=onoff:17 node_tests --test-name-pattern='^onoff:' test/contract/relay.test.ts
LIMEN_TEST_ONOFF='onoff:18?active=low' node_tests --test-name-pattern='^onoff:' test/contract/relay.test.ts
node_tests test/system/checks/relay-onoff.ts
