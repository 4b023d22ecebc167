# shellcheck shell=sh
# shellcheck disable=SC2154  # what the caller puts in front of this script
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Reads what decides the registry mirrors of containerd, and nothing else.
# Set by the caller: root (a prefix of all paths, empty on a node), config_dump (always, or auto: not
# of a containerd that runs), version_seen (seconds since the epoch: the version of what runs since
# before then is known), and what trust.sh and files.sh in front of this want.

# What may be asked for its version, one a line. A process is held against these; what it says of
# itself is never run.
list_programs() {
  set +f
  programs=$nl
  for program in /usr/local/bin/containerd /usr/bin/containerd /usr/sbin/containerd \
    /usr/local/sbin/containerd /opt/bin/containerd /opt/containerd/bin/containerd \
    /usr/bin/spectro-containerd /usr/local/bin/spectro-containerd \
    "$root"/var/lib/rancher/*/data/*/bin/containerd /var/lib/rancher/rke2/bin/containerd; do
    [ -e "$root${program#"$root"}" ] && programs=$programs${program#"$root"}$nl
  done
  set -f
}

# Adds to $programs those that root's unit files start as containerd.
list_units() {
  [ -n "$units_listed" ] && return
  units_listed=1
  set +f
  set --
  for folder in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system \
    /usr/lib/systemd/system /lib/systemd/system; do
    for unit in "$root$folder"/*containerd*.service "$root$folder"/*containerd*.service.d/*.conf; do
      [ -f "$unit" ] && set -- "$@" "${unit#"$root"}"
    done
  done
  set -f
  inspect "$@"
  for unit in "$@"; do
    believable "$unit" || continue
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in ExecStart=*/*containerd*) ;; *) continue ;; esac
      line=/${line#*/}
      programs=$programs${line%%[ "$tab"]*}$nl
    done <"$root$physical"
  done
}

# Sets $asked to the program of the list that the process in folder $1 runs.
find_listed() {
  asked=
  IFS=$nl
  # shellcheck disable=SC2086  # one path a line is meant
  for listed in $programs; do
    # One program that plays many parts (k3s) has its part by the name.
    if [ "$1/exe" -ef "$root$listed" ]; then asked=$listed && break; fi
  done
  unset IFS
  [ -n "$asked" ]
}

# Sets $owner to the user of the process in folder $1 if it is one, and $nested if it is in a pid
# namespace of its own. The kernel takes line ends out of what a process calls itself there.
find_owner() {
  owner='' nested=''
  while IFS= read -r line; do
    case $line in
      Uid:"$tab"*)
        owner=${line##*"$tab"}
        [ "$line" = "Uid:$tab$owner$tab$owner$tab$owner$tab$owner" ] || owner=several
        ;;
      NSpid:"$tab"*"$tab"*) nested=1 && break ;;
      NSpid:*) break ;;
    esac
  done <"$1/status"
}

# Whether the process in folder $1 is in the namespace $2 of the node: that of its first process,
# or ours. The kernel compares; no text of a link counts.
in_space() {
  [ ! -e "$root/proc/self/ns/$2" ] || [ "$1/ns/$2" -ef "$root/proc/1/ns/$2" ] ||
    [ "$1/ns/$2" -ef "$root/proc/self/ns/$2" ]
}

# Sets $why to the reason for which the process in folder $1 is not the node's own; silent where it
# does not look as if it were.
find_doubt() {
  why='' asked='' exe='' replaced=''
  find_owner "$1"
  if [ -n "$blind" ]; then
    if [ -n "$nested" ]; then
      why=silent
    elif [ "$owner" != 0 ]; then
      why="user $owner owns it"
    fi
    return
  fi
  if ! in_space "$1" pid || ! in_space "$1" user; then
    why=silent
  elif [ "$owner" != 0 ]; then
    why="user $owner owns it"
  elif ! in_space "$1" mnt; then
    why='it has a mount namespace of its own'
  fi
}

# Sets $exe to the program that the process in folder $1 runs, and $asked if that may be asked; else
# $why. $2: names that it may have.
find_program() {
  if [ -n "$blind" ]; then
    # Only root may see what runs. The path that it was started by, if it is of the list.
    case $programs in *"$nl$program$nl"*) asked=$program exe=$program ;; esac
    return
  fi
  find_listed "$1" && exe=$asked && return
  exe=$(readlink "$1/exe")
  exe=${exe#"$root"}
  case $exe in *' (deleted)') replaced=1 exe=${exe%' (deleted)'} ;; esac
  case " $2 " in *" ${exe##*/} "*) ;; *) why='its program is another one' && return ;; esac
  if ! believable "$exe"; then
    why='others than root may write its program'
  elif [ -z "$replaced" ] && [ ! "$1/exe" -ef "$root$physical" ]; then
    why='its program is not what its path leads to'
  elif [ -z "$replaced" ]; then
    list_units
    find_listed "$1"
  fi
}

# Sets $runnable to the path by which to run program $1, if nobody but root decides what that is.
find_runnable() {
  runnable=
  [ -n "$1" ] && believable "$1" && [ -x "$root$physical" ] || return 1
  believable "${1%/*}/." && runnable=$root${physical%/}/${1##*/}
}

# Sends the version of daemon $1, asked of program $2.
send_version() {
  if [ "$started" -gt 0 ] && [ "$started" -lt "$version_seen" ]; then
    say version_known "$1"
  elif find_runnable "$2"; then
    say version "$1"
    printf '%s\n' "$("$runnable" --version)"
  fi
}

# Sends the merged configuration of daemon $1, asked of program $2 with file $3. It obeys its
# configuration, which can name code to load: that must be root's own, too.
send_dump() {
  { [ -n "$left" ] || ! believable "$3" || obstacle "$physical"; } && return
  if [ "$started" -gt 0 ] && [ "$config_dump" = auto ]; then
    # Of a fork's daemon the files do not tell all.
    case $2$exe$3 in *k3s* | *rke2* | *rancher*) ;; *) say dump_left_out "$1" && return ;; esac
  fi
  config_file=$root$physical
  find_runnable "$2" || return
  if text=$("$runnable" --config "$config_file" config dump); then
    say dump "$1"
    printf '%s\n' "$text"
    find_trees
  else
    say no_dump "$1"
    "$runnable" --config "$config_file" config dump 2>&1 >/dev/null | tail -n 3 | tr '\000' '\377'
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
}

# Sets $ticks to when the process in folder $1 started; fails if it has ended.
find_ticks() {
  ticks=
  IFS= read -r line <"$1/stat" || return 1
  # shellcheck disable=SC2086  # the fields of the line
  set -- ${line##*) }
  ticks=${20}
  [ "$1" != Z ]
}

# Tells all of process folder $1 that counts, if it is the node's own: $2 are names of its program.
read_process() {
  find_ticks "$1" || return 1
  began=$ticks
  find_doubt "$1"
  if [ -z "$why" ]; then
    read_command_line "$1"
    find_program "$1" "$2"
  fi
  # A number that went to another process in between tells nothing.
  find_ticks "$1" && [ "$ticks" = "$began" ] || return 1
  [ -z "$why" ] && return
  if [ "$why" != silent ] && [ "$ignored" -lt 8 ]; then
    say ignored "${1##*/} $why"
    ignored=$((ignored + 1))
  fi
  return 1
}

# Sends the containerd whose process folder is $1.
send_daemon() {
  read_process "$1" 'containerd spectro-containerd k3s rke2' || return
  case $config in
    '') config=/etc/containerd/config.toml ;;
    /*) ;;
    *) config=$(readlink "$1/cwd")/$config ;;
  esac
  boot=$(sed -n -e 's/^btime //p' "$root/proc/stat")
  # Ticks are hundredths of a second on every architecture that has a containerd.
  started=0
  [ -n "$boot" ] && [ -n "$ticks" ] && started=$((boot + ticks / 100))
  say daemon "$daemons"
  printf '%s\n' "pid=${1##*/}" "program=$program" "exe=$exe" "config=$config" \
    "started=$started" "blind=$blind" "replaced=$replaced"
  send_all "$asked" "$config"
}

# Sends version and configuration $2 of the daemon at hand, whose program is $1.
send_all() {
  left=
  send_version "$daemons" "$1"
  send_config "$2" "$1"
  send_origin "$2"
  [ -n "$1" ] && { believable "$1" || leave "$1"; }
  send_dump "$daemons" "$1" "$2"
  daemons=$((daemons + 1))
}

# Sends what would run: configuration $1, whose program is of the list and like pattern $2.
send_idle() {
  believable "$1"
  [ -z "$offender" ] && obstacle "$1" && [ "$state" = missing ] && return
  asked=
  IFS=$nl
  # shellcheck disable=SC2086  # one path a line is meant
  for program in $programs; do
    # shellcheck disable=SC2254  # a pattern is meant
    case $program in $2) asked=$program && break ;; esac
  done
  unset IFS
  started=0 exe=''
  say daemon "$daemons"
  printf '%s\n' "pid=" "program=$asked" "exe=" "config=$1" "started="
  send_all "$asked" "$1"
}

send_daemons() {
  kubelets=
  set --
  set +f
  for process in "$root"/proc/[0-9]*; do
    name=
    IFS= read -r name <"$process/comm" || continue
    case $name in
      containerd | *-containerd | spectro-contai*) set -- "$@" "$process" ;;
      kubelet) kubelets="$kubelets$process$nl" ;;
    esac
  done
  set -f
  # Of several, the version that the cluster knows is that of the kubelet's.
  running=0
  for process in "$@"; do
    find_doubt "$process"
    [ -z "$why" ] && running=$((running + 1))
  done
  [ "$running" -gt 1 ] && version_seen=0
  for process in "$@"; do
    send_daemon "$process"
  done
  if [ "$daemons" -gt 1 ]; then
    IFS=$nl
    # shellcheck disable=SC2086  # one word a line is meant
    set -- $kubelets
    unset IFS
    for process in "$@"; do
      if read_process "$process" kubelet; then
        say kubelet "$endpoint"
        break
      fi
    done
  fi
  [ "$daemons" -gt 0 ] && return
  send_idle /etc/containerd/config.toml '/usr/*'
  send_idle /var/lib/rancher/k3s/agent/etc/containerd/config.toml '/var/lib/rancher/k3s/*'
  send_idle /var/lib/rancher/rke2/agent/etc/containerd/config.toml '/var/lib/rancher/rke2/*'
}

task_read() {
  fit || return
  daemons=0 ignored=0 units_listed=''
  # Who is not root sees what runs, but not where: then the answer is less certain.
  blind=
  [ -e "$root/proc/1/ns/mnt" ] || blind=1
  list_programs
  send_daemons
  # containerd 2.2 and later look into these two when nothing is configured.
  IFS=$nl
  for folder in $trees /etc/containerd/certs.d /etc/docker/certs.d; do
    unset IFS
    send_tree "$folder"
  done
  unset IFS
  send_certificates
  say looked
  printf '%s' "$looked"
}
