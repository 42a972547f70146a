#!/bin/sh
# In the build chroot: compiles the kernel modules that Debian does not ship, into /modules.
set -eux
kernel=$(basename /usr/src/linux-headers-6.1.0-*-amd64 | sed s/linux-headers-//)
mkdir -p /build/gpio /build/v4l2 /modules
cd /build
tar -xJf /usr/src/linux-source-6.1.tar.xz --strip-components=1 \
  linux-source-6.1/drivers/gpio/gpio-sim.c linux-source-6.1/drivers/gpio/gpio-mockup.c \
  linux-source-6.1/drivers/gpio/gpiolib.h linux-source-6.1/kernel/irq/irq_sim.c
mv drivers/gpio/* kernel/irq/irq_sim.c gpio/
# Debian builds without CONFIG_IRQ_SIM. As a module it may not call irq_to_desc(); generic_handle_irq() does the same.
sed -i 's/handle_simple_irq(irq_to_desc(\(.*\)));/generic_handle_irq(\1);/' gpio/irq_sim.c
grep -q MODULE_LICENSE gpio/irq_sim.c ||
  printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("irq_sim");\n' >>gpio/irq_sim.c
echo 'obj-m := irq_sim.o gpio-sim.o gpio-mockup.o' >gpio/Kbuild
# Only its source is wanted: installing the package would run dkms.
apt-get -o APT::Sandbox::User=root download v4l2loopback-dkms
dpkg -x v4l2loopback-dkms_*.deb v4l2-package
cp v4l2-package/usr/src/v4l2loopback-*/*.[ch] v4l2/
echo 'obj-m := v4l2loopback.o' >v4l2/Kbuild
for module in gpio v4l2; do make -s -C "/usr/src/linux-headers-$kernel" M="/build/$module" modules; done
strip --strip-debug gpio/*.ko v4l2/*.ko
mv gpio/*.ko v4l2/*.ko /modules/
echo "$kernel" >/modules/kernel
