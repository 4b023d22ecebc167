# shellcheck shell=sh
# shellcheck disable=SC2154  # what the caller puts in front of this script
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Reads what decides the registry mirrors of containerd, and nothing else.
# Set by the caller: root (a prefix of all paths, empty on a node), config_dump (always, or auto: not
# of a containerd that runs), version_seen (seconds since the epoch: the version of what runs since
# before then is known), and what files.sh in front of this wants.

# Sends version and merged configuration of daemon $1, asked of program $2 with file $3.
send_program() {
  [ -z "$2" ] && return
  if [ "$started" -gt 0 ] && [ "$started" -lt "$version_seen" ]; then
    say version_known "$1"
  else
    say version "$1"
    printf '%s\n' "$("$2" --version)"
  fi
  obstacle "$3" && return
  if [ "$started" -gt 0 ] && [ "$config_dump" = auto ]; then
    # Of a fork's daemon the files do not tell all.
    case $2$exe$3 in *k3s* | *rke2* | *rancher*) ;; *) say dump_left_out "$1" && return ;; esac
  fi
  if text=$("$2" --config "$root$3" config dump); then
    say dump "$1"
    printf '%s\n' "$text"
    find_trees
  else
    say no_dump "$1"
    "$2" --config "$root$3" config dump 2>&1 >/dev/null | tail -n 3 | tr '\000' '\377'
  fi
}

# Reads the command line of process folder $1: program, configuration file, runtime endpoint.
read_command_line() {
  program='' config='' endpoint='' previous=''
  # Without an option in it there is nothing to take apart.
  IFS= read -r program <"$1/cmdline"
  case $program in
    *-*) program= ;;
    ?*) return ;;
  esac
  set -f
  IFS=$nl
  for word in $(tr '\0' '\n' <"$1/cmdline"); do
    program=${program:-$word}
    case $previous in
      -c | -config | --config) config=$word ;;
      --container-runtime-endpoint) endpoint=$word ;;
    esac
    case $word in
      -c=* | -config=* | --config=*) config=${word#*=} ;;
      --container-runtime-endpoint=*) endpoint=${word#*=} ;;
    esac
    previous=$word
  done
  unset IFS
  set +f
}

# Sets $target to that of link $1 in $links, the output of ls -ln.
find_target() {
  target=
  case $links in *" $1 -> "*) ;; *) return ;; esac
  target=${links#*" $1 -> "}
  target=${target%%"$nl"*}
}

# Sets $asked to the program that answers for the process in folder $1: the very file that runs, if
# it may be read; the name beside it, if one program plays many parts (k3s).
find_program() {
  asked=
  case $exe in
    '') ;;
    *containerd*) asked=$1/exe && return ;;
    *) [ -x "${exe%/*}/containerd" ] && asked=${exe%/*}/containerd && return ;;
  esac
  case $program in
    /*) [ -x "$root$program" ] && asked=$root$program ;;
    *) [ -z "$root" ] && asked=$(command -v containerd) ;;
  esac
}

# Sends the containerd whose process folder is $1.
send_daemon() {
  links=$(ls -ln "$1/exe" "$1/ns/pid" "$root/proc/self/ns/pid")
  find_target "$root/proc/self/ns/pid"
  own_space=$target
  find_target "$1/ns/pid"
  # One in a container is not the node's.
  [ -n "$target" ] && [ -n "$own_space" ] && [ "$target" != "$own_space" ] && return
  find_target "$1/exe"
  exe=$target
  read_command_line "$1"
  case $config in
    '') config=/etc/containerd/config.toml ;;
    /*) ;;
    *) config=$(readlink "$1/cwd")/$config ;;
  esac
  find_program "$1"
  IFS= read -r stat_line <"$1/stat"
  # shellcheck disable=SC2086  # the fields of the line
  set -- "$1" ${stat_line##*) }
  boot=$(sed -n -e 's/^btime //p' "$root/proc/stat")
  # Ticks are hundredths of a second on every architecture that has a containerd.
  started=0
  [ -n "$boot" ] && [ -n "${21}" ] && started=$((boot + ${21} / 100))
  say daemon "$daemons"
  printf '%s\n' "pid=${1##*/}" "program=$program" "exe=$exe" "config=$config" "started=$started"
  send_program "$daemons" "$asked" "$config"
  send_config "$config"
  daemons=$((daemons + 1))
}

# Sends what would run: configuration $1, whose program is $2 or on the PATH.
send_idle() {
  obstacle "$1" && [ "$state" = missing ] && return
  program=$2
  if [ ! -x "$root$2" ]; then
    program=
    [ -z "$root$2" ] && program=$(command -v containerd)
  fi
  started=0
  say daemon "$daemons"
  printf '%s\n' "pid=" "program=$program" "exe=" "config=$1" "started="
  [ -n "$program" ] && send_program "$daemons" "$root$program" "$1"
  send_config "$1"
  daemons=$((daemons + 1))
}

send_daemons() {
  kubelet=
  set --
  for process in "$root"/proc/[0-9]*; do
    name=
    IFS= read -r name <"$process/comm" || continue
    case $name in
      containerd | *-containerd | spectro-contai*) set -- "$@" "$process" ;;
      kubelet) kubelet=$process ;;
    esac
  done
  # Of several, the version that the cluster knows is that of the kubelet's.
  [ $# -gt 1 ] && version_seen=0
  for process in "$@"; do
    send_daemon "$process"
  done
  if [ "$daemons" -gt 1 ] && [ -n "$kubelet" ]; then
    read_command_line "$kubelet"
    say kubelet "$endpoint"
  fi
  [ "$daemons" -gt 0 ] && return
  send_idle /etc/containerd/config.toml ''
  send_idle /var/lib/rancher/k3s/agent/etc/containerd/config.toml \
    /var/lib/rancher/k3s/data/current/bin/containerd
  send_idle /var/lib/rancher/rke2/agent/etc/containerd/config.toml \
    /var/lib/rancher/rke2/bin/containerd
}

task_read() {
  daemons=0
  send_daemons
  set -f
  IFS=$nl
  # containerd 2.2 and later look into these two when nothing is configured.
  for folder in $trees /etc/containerd/certs.d /etc/docker/certs.d; do
    unset IFS
    set +f
    send_tree "$folder"
  done
  unset IFS
  set +f
  send_certificates
  say looked
  printf '%s' "$looked"
}
