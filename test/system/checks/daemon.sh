# The daemon as scripts/install.sh puts it in place, under its real unit: a person before the camera, the relay's line,
# the broker, and every way to end.
source /mnt/limen/main/test/system/checks/prelude.sh

photograph=/mnt/limen/shared/faces/video/still_clm.jpg
clip=/mnt/limen/shared/faces/video/door-open.mp4
networks=/mnt/limen/shared/models
heard=/root/heard.log

# Chips and camera are there before Limen is, as on a machine that is not started anew for it.
gpio_sim
sim_line=$lines/sim_gpio2/value sim_chip=$chip
if has_onoff; then gpio_mockup && sysfs_line=$lines/24; fi
loopback_camera
line=$sim_line
relay=gpiod://limen-sim/2
hold_s=6
watchdog_s=20 # of the unit
energised() { [ "$(cat "$line")" = 1 ]; }
released() { [ "$(cat "$line")" = 0 ]; }
# Every change of the line, read 20 times a second by somebody else.
record() { # FILE
  systemd-run -q --collect --unit="line-$(basename "$1")" bash -c 'exec {never}<> <(:)
    while read -r now <"$0" || [ -n "$now" ]; do # gpio-mockup ends its lines with nothing
      [ "$now" = "$last" ] || echo "$EPOCHREALTIME $now"
      last=$now
      read -rt 0.05 -u $never
    done >"$1"' "$line" "/root/$1"
}
# How long it was energised the last time, in s.
pulse_s() { awk '$2 == 1 { from = $1 } $2 == 0 && from { s = $1 - from } END { printf "%.2f", s }' "/root/$recorded"; }
at_most() { awk -v is="$1" -v most="$2" 'BEGIN { exit !(is > 0 && is <= most) }'; }
restarts() { systemctl show -p NRestarts --value limen; }
main_pid() { systemctl show -p MainPID --value limen; }
heard() { grep -q "$1" "$heard"; }
subscribe() {
  systemctl start mosquitto
  systemd-run -q --collect --unit=heard bash -c "exec mosquitto_sub -v -t 'limen/#' >$heard"
}

# The recommended pack with a small detector input and without what this check does not need: emulated, the whole pack
# cannot look at a face within the longest deadline that the configuration allows.
quick_pack() {
  node -e '
    const fs = require("fs"), pack = JSON.parse(fs.readFileSync("models/packs/recommended.json", "utf8"));
    Object.assign(pack.detector.input, { width: 160, height: 128 });
    Object.assign(pack, { name: "quick", liveness: { kind: "none", why: "left out" } });
    delete pack.landmarks; delete pack.iris;
    fs.writeFileSync("/root/checkout/models/packs/quick.json", JSON.stringify(pack));'
}

install_limen() {
  # As after `npm ci` and `npm run build`; /opt/node_modules is where Node looks next.
  mkdir -p /root/checkout /etc/limen /etc/systemd/system/limen.service.d
  cp -r package.json package-lock.json tsconfig.json src models config systemd scripts /root/checkout/
  cp -r /mnt/jobs/dist /root/checkout/
  ln -sfn /mnt/limen/main/node_modules /opt/node_modules
  local pack=human
  if [ -d "$networks" ]; then pack=quick && quick_pack; fi
  # A look takes some seconds here, in spite of the guest's slow clock: hence the deadline, and one vote. Nobody is let
  # in a second time within a pulse, which would extend it.
  cat >/etc/limen/limen.yaml <<YAML
device: guest
camera: v4l2:///dev/video9?width=320&height=240&format=yuyv422&silenceMs=60000
door: { relay: '$relay', holdMs: ${hold_s}000 }
access: { votes: 1, window: 1, deadlineMs: 5000, frozenMs: 10000, cooldownMs: 9000, distanceM: [0.1, 20], liveness: off }
models: { pack: $pack }
inference: { provider: cpu, threads: 2 }
mqtt: { url: 'mqtt://127.0.0.1:1883' }
YAML
  # The unit's own times hold. Only the models are elsewhere, and between an end and the next start is time to look.
  printf '[Service]\nRestartSec=10\nEnvironment=LIMEN_MODELS_PATH=%s\n' "$networks" \
    >/etc/systemd/system/limen.service.d/guest.conf
  sh /root/checkout/scripts/install.sh --skip-packages || { journalctl -u limen --no-pager | tail -n 30; return 1; }
}

ready() {
  systemctl show -p ActiveState,SubState,Type,User,NRestarts,StatusText limen
  echo "note: $(systemctl show -p StatusText --value limen)"
  systemctl is-active -q limen && [ "$(systemctl show -p User --value limen)" = limen ] && [ "$(restarts)" = 0 ] &&
    gpioinfo "$sim_chip" | grep -q 'line *2: .*"limen"' && released
}

blind() { # the camera is not fed yet
  wait_for 120 heard 'guest/availability online' && wait_for 120 heard '"type":"daemon.started"' &&
    wait_for 300 heard '"type":"camera.lost"'
}

enrolled() { limen enroll default/clm "$photograph" --state /var/lib/limen; }

feed() { # somebody for seven seconds, nobody for three, for ever
  ffmpeg -v error -nostdin -y -ss 4 -t 10 -i "$clip" -an -vf fps=3,scale=320:240 -c:v mjpeg -q:v 2 /root/person.mkv
  # With noise, as a sensor has it: the same pictures once more are a camera that somebody tampers with.
  systemd-run -q --collect --unit=feed ffmpeg -v error -nostdin -re -stream_loop -1 -i /root/person.mkv \
    -vf noise=alls=6:allf=t,format=yuyv422 -f v4l2 /dev/video9
}

granted() {
  wait_for 300 energised || { grep -o '"type":"access.denied".*' "$heard" | tail -n 3; return 1; }
  wait_for 60 heard '"type":"access.granted".*"id":"clm"' && wait_for 60 heard '"type":"door.unlocked"' &&
    wait_for 60 released && wait_for 60 heard '"type":"door.locked"' &&
    echo "note: energised for $(pulse_s) s, holdMs ${hold_s}000" && at_most "$(pulse_s)" $((hold_s + 1)) &&
    echo "note: $(grep -o '"type":"access.granted".*' "$heard" | head -n 1)"
}

restarted() { [ "$(restarts)" -gt "$1" ] && systemctl is-active -q limen; }
substate() { [ "$(systemctl show -p SubState --value limen)" = "$1" ]; }
said() { journalctl -u limen -o cat | grep -c -- "$1"; }
said_again() { [ "$(said "$2")" -gt "$1" ]; }

# A pulse that a technician asks for: it does not depend on how fast this machine recognises.
unlock() {
  local answer
  exec 3<>/dev/tcp/127.0.0.1/5000 || return 1
  printf 'POST /v1/doors/front/unlock HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nAuthorization: Bearer %s\r\n' "$token" >&3
  printf 'Content-Length: 0\r\nConnection: close\r\n\r\n' >&3
  read -r answer <&3
  exec 3>&-
  echo "$answer"
  [[ $answer == *' 200 '* ]]
}
in_pulse() { wait_for 60 released && unlock && wait_for 5 energised; }
token_made() { token=$(limen token create desk --role technician --state /var/lib/limen) && [ -n "$token" ]; }

signalled() { # signal, what systemd says then, how long the line may be energised, s
  local before pid safe ends
  before=$(restarts) pid=$(main_pid) safe=$(said "^$relay released") ends=$(said "$2")
  in_pulse && kill "-$1" "$pid" || return 1
  local from=$SECONDS
  wait_for "$3" test ! -e "/proc/$pid" && wait_for 60 substate auto-restart && released || return 1
  said_again "$ends" "$2" || { echo "systemd did not say: $2"; return 1; }
  said_again "$safe" "^$relay released" || { echo "no ExecStopPost: $(journalctl -u limen -o cat -n 5)"; return 1; }
  at_most "$(pulse_s)" "$3" || { echo "energised for $(pulse_s) s"; return 1; }
  echo "note: energised for $(pulse_s) s, ExecStopPost says: $relay released, before the next start"
  wait_for 120 restarted "$before" && echo "note: back after $((SECONDS - from)) s"
}

stopped() {
  local safe
  safe=$(said "^$relay released")
  in_pulse && systemctl stop limen && released && said_again "$safe" "^$relay released" || return 1
  gpioinfo "$sim_chip" | grep -q 'line *2: .*unused' && [ "$(systemctl show -p Result --value limen)" = success ] &&
    wait_for 30 heard 'guest/availability offline' && wait_for 30 heard '"type":"daemon.stopping"' &&
    echo 'note: ExecStopPost ran'
}

# The same daemon with its relay on the old interface, which goes on driving a line that nobody holds.
on_sysfs() {
  sed -i "s|$relay|onoff:24|" /etc/limen/limen.yaml
  relay=onoff:24 line=$sysfs_line recorded=sysfs.log
  record $recorded && systemctl start limen && wait_for 60 systemctl is-active -q limen && released
}

# Energised at the end of the process, and until ExecStopPost has run.
outlived() {
  local pid safe
  pid=$(main_pid) safe=$(said '^onoff:24 released')
  in_pulse && kill -KILL "$pid" && wait_for 20 test ! -e "/proc/$pid" && energised || return 1
  wait_for 60 substate auto-restart && released && said_again "$safe" '^onoff:24 released' &&
    at_most "$(pulse_s)" 60 &&
    echo "note: energised after the end of the process, for $(pulse_s) s in all, low before the next start"
}

gapless() { # the sequence numbers that the broker was given
  node -e '
    const seen = require("fs").readFileSync(process.argv[1], "utf8").split("\n")
      .filter((line) => / ?[^ ]*event \{/.test(line)).map((line) => JSON.parse(line.slice(line.indexOf("{"))).seq);
    const all = new Set(seen), last = Math.max(...all);
    const missing = Array.from({ length: last }, (_, i) => i + 1).filter((seq) => !all.has(seq));
    console.log(`note: ${all.size} events, ${seen.length - all.size} twice, missing ${missing.join() || "none"}`);
    process.exit(missing.length === 0 && last > 0 ? 0 : 1);' "$heard"
}

recorded=gpiod.log
check 'the broker of the guest is heard' subscribe
check 'install.sh installs, and the unit is READY' install_limen
record $recorded
check 'it runs as limen, holds the line, and has not restarted' ready
check 'a camera without pictures is reported, not waited for' blind
if [ -e "$photograph" ] && [ -e "$clip" ] && [ -d "$networks" ]; then
  check 'limen enroll at the running daemon' enrolled
  check 'the camera is fed' feed
  check 'a person in view is recognised, and the broker is told' wait_for 600 heard '"type":"face.recognized".*"id":"clm"'
  check 'a grant is one pulse on the line, and the broker is told' granted
  systemctl stop feed # the rest needs no face, and the emulated machine its time
else
  skip 'recognition, grant and pulse' 'no ../shared/faces/video and ../shared/models beside the checkout'
fi
check 'a token for a technician' token_made
check 'SIGKILL: the line falls, ExecStopPost runs, the unit comes back' signalled KILL 'status=9/KILL' $((hold_s + 1))
check 'SIGSTOP: the watchdog ends it, the line falls, ExecStopPost runs, the unit comes back' \
  signalled STOP 'Watchdog timeout' $((hold_s + watchdog_s + 1))
check 'systemctl stop: the line falls and is given back, ExecStopPost runs' stopped
if has_onoff; then
  check 'with a sysfs relay: the unit is READY' on_sysfs
  check 'SIGKILL with a sysfs relay: energised until ExecStopPost' outlived
fi
check 'every event reached the broker' gapless
systemd-analyze security limen --no-pager 2>/dev/null | tail -n 1
