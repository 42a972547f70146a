# Promise 1: a line that is energised when its process ends, whenever and however that is.
source /mnt/limen/main/test/system/checks/prelude.sh

built=/root/built # as after `npm run build`; /root/built/node_modules is where Node looks
mkdir -p $built && cp -r /mnt/jobs/dist package.json $built/ && mkdir -p $built/src && cp src/bin.js $built/src/
ln -sfn /mnt/limen/main/node_modules $built/node_modules
gpio_sim
export LIMEN_SYSTEM_CHIP=$chip LIMEN_SYSTEM_LINES=$lines LIMEN_SYSTEM_DIST=$built/dist
processes=${LIMEN_SYSTEM_PROCESSES:-14}
check 'gpiod: SIGKILL at random moments of a pulse' node --import tsx test/system/checks/kill-offsets.ts kill "$processes" 1
check 'gpiod: SIGSTOP, then the watchdog' node --import tsx test/system/checks/kill-offsets.ts hang "$processes" 2

if has_onoff; then
  gpio_mockup
  LIMEN_SYSTEM_LINES=$lines check 'onoff: limen relay off after SIGKILL' \
    node --import tsx test/system/checks/relay-off.ts 24 "${LIMEN_SYSTEM_OFF_ROUNDS:-5}"
else
  skip relay-off 'the optional package onoff is not installed or not built in this checkout'
fi
