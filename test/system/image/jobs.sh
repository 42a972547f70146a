#!/bin/bash
# In the guest: mounts what the host shares and runs the jobs it leaves. NAME.job becomes NAME.out while it runs and
# NAME.rc, its exit status, when it has ended. `limen-jobs remount` sees what was changed in the checkout meanwhile.
mount_share() { # tag, folder, options
  mkdir -p "$2" && mount -t 9p -o "trans=virtio,version=9p2000.L,msize=524288,$3" "$1" "$2"
}
mount_checkout() {
  # A cache that never looks again: a Node program opens thousands of files.
  mount_share checkout /mnt/limen/main ro,cache=loose
  mountpoint -q /mnt/limen/shared || mount_share shared /mnt/limen/shared ro,cache=loose 2>/dev/null
}
if [ "${1:-}" = remount ]; then
  # In vain while something of the checkout is in use; it then stays as it was.
  umount /mnt/limen/main 2>/dev/null && mount_checkout 2>/dev/null
  exit 0
fi
modprobe -a 9pnet_virtio 9p
ip link set lo up
mount_share jobs /mnt/jobs rw
mount_checkout
cd /root && touch /mnt/jobs/ready
while :; do
  for job in /mnt/jobs/*.job; do
    [ -e "$job" ] || continue
    name=${job%.job}
    mv "$job" "$name.running"
    (
      setsid bash "$name.running" >"$name.out" 2>&1 </dev/null
      echo $? >"$name.rc.new" && mv "$name.rc.new" "$name.rc"
    ) &
  done
  sleep 0.3
done
