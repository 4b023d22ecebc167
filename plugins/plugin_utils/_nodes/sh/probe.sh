# shellcheck shell=sh
# shellcheck disable=SC2154  # what the caller puts in front of this script
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Asks registries for manifests with what the node has.
# Set by the caller: targets (lines "URL CA-FILE|- insecure|- CERTIFICATE|- KEY|-"), probe_limit
# (seconds each), root.

task_probe() {
  accept='Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'
  tool=
  if have curl; then tool=curl; elif have wget; then tool=wget; fi
  if [ -z "$tool" ]; then
    say no_tool
    return
  fi
  printf '%s\n' "$targets" | while read -r url authority insecure certificate key; do
    say probe "$tool" "$url"
    probe_with_"$tool" "$url" "$authority" "$insecure" "$certificate" "$key"
    printf '\nexit %s\n' "$?"
  done | tr '\000' '\377'
}

probe_with_curl() {
  url=$1
  set -- "$2" "$3" "$4" "$5" -q -g -s -S -I -m "$probe_limit" -H "$accept"
  [ "$1" != - ] && set -- "$@" --cacert "$root$1"
  [ "$2" != - ] && set -- "$@" -k
  [ "$3" != - ] && set -- "$@" --cert "$root$3"
  [ "$4" != - ] && set -- "$@" --key "$root$4"
  shift 4
  curl "$@" -- "$url" 2>&1
}

# The wget of busybox knows few options, and some builds crash on -T: the script's limit is enough.
probe_with_wget() {
  url=$1
  set -- "$2" "$3" "$4" "$5" -S --spider -O /dev/null --header "$accept"
  case $(wget --help 2>&1) in
    *max-redirect*)
      set -- "$@" -T "$probe_limit" -t 1 --max-redirect=0
      [ "$1" != - ] && set -- "$@" "--ca-certificate=$root$1"
      [ "$3" != - ] && set -- "$@" "--certificate=$root$3"
      [ "$4" != - ] && set -- "$@" "--private-key=$root$4"
      ;;
  esac
  [ "$2" != - ] && set -- "$@" --no-check-certificate
  shift 4
  wget "$@" "$url" 2>&1
}
