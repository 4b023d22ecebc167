# shellcheck shell=sh
# shellcheck disable=SC2154,SC2086,SC2046  # what the caller puts in front of this script; words are meant
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Pulls one image of each source through CRI, as kubelet does, and takes it back.
# What is pulled and was not there before is noted in the file that is the lock as well: who dies in
# between leaves it to the next run. A tag that is there stays what it is: then the digest is pulled,
# which fetches nothing and asks the registry all the same.
# Set by the caller: images (lines "SOURCE KIB", then for each candidate "REF REF-BY-DIGEST IDS"; IDs
# joined by commas), socket (of CRI), pid (of containerd), hosts_dir (what ctr may need), log (debug,
# or nothing if containerd tells no URLs), log_places (files or names of units), pull_limit (seconds
# of one pull), largest_share (percent of the disk), and what trust.sh, files.sh and read.sh in
# front of this want.

tool_folders='/usr/local/bin /usr/bin /usr/sbin /usr/local/sbin /opt/bin
/var/lib/rancher/rke2/bin /var/lib/rancher/k3s/data/current/bin'

# Sets $tool to a program of name $1 that nobody but root decides, in a usual place.
find_tool() {
  tool=
  for folder in $tool_folders; do
    [ -e "$root$folder/$1" ] && find_runnable "$folder/$1" && tool=$runnable && return
  done
  return 1
}

# Sets $cri and $ctr to the words of a command, as far as there is one.
find_tools() {
  cri='' ctr=''
  if ! believable "${socket%/*}/." || [ ! -e "$root$socket" ]; then
    say pull_prevented socket
    return 1
  fi
  unset CRI_CONFIG_FILE CONTAINER_RUNTIME_ENDPOINT IMAGE_SERVICE_ENDPOINT
  address=unix://$root$socket
  find_tool crictl &&
    cri="$tool --runtime-endpoint $address --image-endpoint $address --timeout 10s"
  find_tool ctr && ctr="$tool --address $root$socket --namespace k8s.io"
  [ -n "$cri" ] && return
  # Only with the host folders that CRI reads does ctr ask where CRI would.
  [ -n "$ctr" ] && [ -n "$hosts_dir" ] && return
  say pull_prevented tool
  return 1
}

# Takes the lock. With flock the kernel lets go of it when its holders have ended, pulls included.
# Without, it is a link that names a process and when that started.
take_lock() {
  notes=$root/run/palette-image-registry-pull link=
  if ! believable /run/. || [ ! -w "$root/run" ]; then
    say pull_prevented run
    return 1
  fi
  if have flock; then
    exec 9>>"$notes" && flock -n 9 && return
  else
    take_link && return
  fi
  say pull_prevented busy
  return 1
}

take_link() {
  find_ticks "/proc/$$"
  link=$notes.lock
  mine=$$:$ticks
  ln -s "$mine" "$link" 2>/dev/null && return
  holder=$(readlink "$link")
  find_ticks "/proc/${holder%%:*}" && [ "$ticks" = "${holder#*:}" ] && return 1
  # Of a process that is no more. Whoever moves it away first has it, unless it is a new one.
  mv "$link" "$link.$$" || return 1
  if [ "$(readlink "$link.$$")" != "$holder" ]; then
    mv "$link.$$" "$link"
    return 1
  fi
  rm -f "$link.$$"
  ln -s "$mine" "$link" 2>/dev/null
}

let_go() {
  [ -n "$link" ] && rm -f "$link"
}

# Sets $known to the names and IDs of all images, one a line. Fails if CRI does not answer.
list_known() {
  if [ -n "$cri" ]; then
    listed=$(within 10 $cri images --verbose) || return 1
    known=$(printf '%s\n' "$listed" |
      sed -n -e 's/^ID: *//p' -e 's/^RepoTags: *//p' -e 's/^RepoDigests: *//p')
  else
    known=$(within 10 $ctr images ls --quiet) || return 1
  fi
}

is_known() {
  case $nl$known$nl in *"$nl$1$nl"*) ;; *) return 1 ;; esac
}

# Prints what image $1 is: its ID, then its names, those with digests last.
describe() {
  if [ -n "$cri" ]; then
    names='{{range .status.repoTags}} {{.}}{{end}}{{range .status.repoDigests}} {{.}}{{end}}'
    within 10 $cri inspecti --output go-template --template "{{.status.id}}$names" "$1"
    return
  fi
  within 10 $ctr images ls "name==$1" | while read -r name _type digest _rest; do
    [ "$name" = "$1" ] && echo "$digest $1 ${1%@*}@$digest"
  done
}

# Runs a command for $1 seconds at most.
within() {
  patience=$1
  shift
  "$@" &
  job=$!
  (
    trap 'kill -9 "$!"; exit' TERM
    sleep "$patience" &
    wait "$!"
    kill -9 "$job"
  ) >/dev/null 2>&1 &
  timer=$!
  wait "$job"
  ended=$?
  kill "$timer"
  wait "$timer"
  return "$ended"
}

# Sets $room to the KiB that are free for images, $used to the percent that are not.
find_room() {
  place=
  [ -n "$cri" ] && place=$(within 10 $cri imagefsinfo |
    sed -n -e 's/^.*"mountpoint": *"\([^"]*\)".*$/\1/p' | head -n 1)
  case $place in /*) ;; *) place=/var/lib/containerd ;; esac
  place=$root$place
  while [ ! -d "$place" ]; do place=${place%/*}; done
  set -- $(df -P -k "${place:-/}" | tail -n 1)
  room=$4 used=${5%"%"}
  case $room$used in '' | *[!0-9]*) room=0 used=100 ;; esac
}

# Removes image $1, unless it was there before, or somebody else has come to use it. Says how it
# went. In $known is what was there before.
take_back() {
  found=$(describe "$1")
  if [ -z "$found" ]; then
    echo back=nothing
    return
  fi
  id=${found%% *} mine=''
  others=
  for name in ${found#* }; do
    is_known "$name" && others=1 && continue
    case $name in "$1" | "${1%[:@]*}"@* | "${1%@*}"@*) mine="$mine $name" ;; *) others=1 ;; esac
  done
  if [ -z "$mine" ]; then
    echo back=known
  elif [ -z "$cri" ]; then
    within 10 $ctr images rm $mine >/dev/null
  elif [ -z "$others" ] && ! is_known "$id"; then
    if [ -n "$(within 10 $cri ps --all --quiet --image "$id")" ]; then
      echo back=used
      return
    fi
    within 10 $cri rmi "$id" >/dev/null
  elif [ -n "$ctr" ]; then
    within 10 $ctr images rm $mine >/dev/null
  else
    echo back=named
    return
  fi
  [ -z "$mine" ] && return
  # The next look of CRI at what it has may be a moment later.
  for _again in 1 2 3; do
    left=
    found=$(describe "$1")
    for name in ${found#* }; do
      case " $mine " in *" $name "*) left=1 ;; esac
    done
    [ -z "$left" ] && echo back=removed && return
    sleep 1
  done
  echo back=left
}

# Takes back what a run that died has left.
settle() {
  [ -s "$notes" ] || return
  {
    IFS= read -r before
    known=$(cat)
  } <"$notes"
  say pull_settled "$before"
  take_back "$before"
  : >"$notes"
}

# Whether the URLs of requests can be read, from now on.
watch_log() {
  written=
  [ "$log" = debug ] || return
  for place in "/proc/$pid/fd/2" $log_places; do
    case $place in
      /proc/*) ;;
      /*) believable "$place" || continue ;;
      *) continue ;;
    esac
    [ -f "$root$place" ] && written=$root$place && break
  done
  if [ -n "$written" ]; then
    at=$(wc -c <"$written")
  else
    at=$(date +%s)
  fi
}

# Prints the last answers that containerd told of, lines "STATUS URL".
read_log() {
  [ "$log" = debug ] || return
  if [ -n "$written" ]; then
    tail -c "+$((at + 1))" "$written"
  elif have journalctl; then
    for origin in $log_places; do
      case $origin in
        /*) ;;
        *) journalctl --unit "$origin" --since "@$at" --output cat --no-pager --lines 2000 ;;
      esac
    done
  fi | sed -n -e 's/^.*response\.status="\{0,1\}\([0-9]*\).* url="\{0,1\}\([^ "]*\).*$/\1 \2/p' |
    tail -n 20 | cut -c 1-2000
}

# Pulls an image of a source: "SOURCE KIB" and the candidates.
pull_source() {
  say pull "$1"
  needed=$2
  shift 2
  image=$2
  while [ $# -ge 3 ]; do
    there=
    for name in "$1" $(printf '%s' "$3" | tr ',' ' '); do
      is_known "$name" && there=1
    done
    [ -z "$there" ] && image=$1 && break
    shift 3
  done
  echo "image=$image"
  find_room
  if [ "$used" -gt "$largest_share" ] || [ "$room" -lt $((4 * needed + 262144)) ]; then
    echo "full=$used% of $place are used, $((room / 1024)) MiB are free"
    return
  fi
  printf '%s\n' "$image" "$known" >"$notes"
  watch_log
  if [ -n "$cri" ]; then
    text=$(within "$pull_limit" $cri pull "$image" 2>&1)
  else
    text=$(within "$pull_limit" $ctr images pull --hosts-dir "$hosts_dir" "$image" 2>&1)
  fi
  echo "code=$?"
  echo "found=$(describe "$image")"
  take_back "$image"
  : >"$notes"
  say pull_said "$tool"
  printf '%s\n' "$text" | tail -n 3 | cut -c 1-4000
  say pull_log "$image"
  read_log
}

task_pull() {
  fit || return
  find_tools || return
  take_lock || return
  image=
  trap '[ -n "$image" ] && [ -s "$notes" ] && take_back "$image" && : >"$notes"; let_go; exit' HUP TERM
  settle
  if ! list_known; then
    say pull_prevented cri
    let_go
    return
  fi
  IFS=$nl
  set -- $images
  unset IFS
  for line in "$@"; do
    pull_source $line
  done
  let_go
}
