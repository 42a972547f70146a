#!/bin/sh
# customise.sh ROOT PARTS MODULES: makes a Debian root the guest: kernel modules, this machine's Node, the job runner.
set -eu
root=$1 parts=$2 modules=$3
kernel=$(cat "$modules/kernel")
[ -d "$root/lib/modules/$kernel" ] || { echo "modules are for $kernel, the guest has another kernel" >&2; exit 1; }
mkdir -p "$root/lib/modules/$kernel/extra"
cp "$modules"/*.ko "$root/lib/modules/$kernel/extra/"
printf 'softdep gpio_sim pre: irq_sim\nsoftdep gpio_mockup pre: irq_sim\n' >"$root/etc/modprobe.d/limen.conf"
chroot "$root" depmod "$kernel"
install -m755 "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
install -m755 "$parts/jobs.sh" "$root/usr/local/sbin/limen-jobs"
install -m644 "$parts/jobs.service" "$root/etc/systemd/system/limen-jobs.service"
echo guest >"$root/etc/hostname"
echo '127.0.0.1 localhost guest' >"$root/etc/hosts"
echo '/dev/vda / ext4 rw,noatime 0 0' >"$root/etc/fstab"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id" # fixed: no first-boot work
chroot "$root" systemctl -q enable limen-jobs.service
chroot "$root" systemctl -q disable mosquitto.service
chroot "$root" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer dpkg-db-backup.timer systemd-timesyncd.service getty@tty1.service systemd-binfmt.service \
  systemd-pstore.service
chroot "$root" systemctl -q set-default multi-user.target
