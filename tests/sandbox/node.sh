#!/bin/sh
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Become a node: the first process of mount, pid and host name namespaces of its own.
# All mounts live in that namespace: they go when the process goes.
# Arguments: name, lower folders (for overlay), folder for the rest (on tmpfs), address, port.
set -eu
name=$1 lower=$2 folder=$3 address=$4 port=$5
root=$folder/root

mount --make-rprivate /
mkdir -p "$root" "$folder/work"
mount -t overlay node -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=16m,mode=700 root "$root/root"
mount -t tmpfs -o size=16m,mode=755 run "$root/run"
mount -t tmpfs -o size=64m,mode=1777 tmp "$root/tmp"
mount -t tmpfs -o size=64k,mode=755 dev "$root/dev"
for device in "null 1 3" "zero 1 5" "random 1 8" "urandom 1 9" "tty 5 0"; do
    # shellcheck disable=SC2086  # a name and two numbers
    set -- $device
    mknod -m 666 "$root/dev/$1" c "$2" "$3"
done
mkdir "$root/dev/pts" "$root/run/sshd"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
hostname "$name"
cd "$root"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" /usr/sbin/sshd -D -e -f /etc/ssh/sandbox_sshd_config \
    -p "$port" -o "ListenAddress=$address"
