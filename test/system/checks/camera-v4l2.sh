# v4l2: on two devices: vivid, the kernel's own test camera, as /dev/video0, and a loopback that we feed as /dev/video9.
source /mnt/limen/main/test/system/checks/prelude.sh

lsmod | grep -q '^vivid' || modprobe vivid n_devs=1 node_types=0x1 vid_cap_nr=0
loopback_camera
node_tests test/system/checks/camera-v4l2.ts
