# shellcheck shell=sh
# shellcheck disable=SC2154  # what the caller puts in front of this script
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Reads what decides the registry mirrors of containerd, and nothing else.
# Set by the caller: max_file (bytes of one file), max_files, root (a prefix of all paths, empty on
# a node).

nl='
'

# Whether a folder on the way to $1 may not be searched: then "missing" would be a guess.
hidden() {
  above=${1%/*}
  while [ -n "$above" ] && [ ! -e "$root$above" ]; do above=${above%/*}; done
  [ ! -x "$root$above/" ]
}

# The state of file $1 where it cannot be read, nothing where it can.
obstacle() {
  if [ ! -e "$root$1" ]; then
    if hidden "$1"; then echo denied; else echo missing; fi
  elif [ ! -f "$root$1" ]; then
    echo special
  elif [ ! -r "$root$1" ]; then
    echo denied
  fi
}

# Sends file $1. Fails if it cannot be read, is known already, or too many have been sent.
send_file() {
  case $nl$sent in *"$nl$1$nl"*) return 1 ;; esac
  if [ "$sent_count" -ge "$max_files" ]; then
    say limit files "$1"
    return 1
  fi
  sent=$sent$1$nl
  sent_count=$((sent_count + 1))
  if [ ! -f "$root$1" ] || [ ! -r "$root$1" ]; then
    say "$(obstacle "$1")" "$1"
    return 1
  fi
  say file "$1"
  dd if="$root$1" bs="$max_file" count=1 2>/dev/null
}

# The strings of the imports array in file $1, one a line. Most files have none.
imports_of() {
  block=$(sed -n -e "/^[[:space:]]*[\"']*imports[\"']*[[:space:]]*=/{" -e ':a' -e '/\]/!{' -e N \
    -e ba -e '}' -e 's/\][^]]*$//' -e p -e q -e '}' <"$1")
  case $block in *[\"\']*) ;; *) return ;; esac
  printf '%s\n' "$block" | sed -e 's/^[[:space:]]*#.*//' | tr ',' '\n' |
    sed -n -e "s/^[^\"']*[\"']\([^\"']*\)[\"'].*/\1/p"
}

# The folders of every config_path on stdin, one a line.
config_paths_of() {
  key="[^A-Za-z0-9_-]config_path[\"']*[[:space:]]*="
  sed -n -e '/^[[:space:]]*#/d' -e "s/^/ /" -e "/$key/{" \
    -e "s/^.*${key}[[:space:]]*[\"']\([^\"']*\).*/\1/" -e 'y/:/\n/' -e p -e '}'
}

add_trees() {
  while IFS= read -r found; do
    case $found in /*) printf '%s\n' "${found%/}" ;; esac
  done
}

# Sends configuration file $1 and what its imports name, breadth first as containerd does.
send_config() {
  queue=$1$nl
  while [ -n "$queue" ]; do
    config_file=${queue%%"$nl"*}
    queue=${queue#*"$nl"}
    send_file "$config_file" || continue
    trees=$trees$(config_paths_of <"$root$config_file" | add_trees)$nl
    set -f
    IFS=$nl
    # shellcheck disable=SC2046  # one word a line is meant
    set -- $(imports_of "$root$config_file")
    set +f
    for pattern in "$@"; do
      case $pattern in
        /*) ;;
        *) pattern=${config_file%/*}/$pattern ;;
      esac
      IFS=
      case $pattern in
        *'*'*)
          # shellcheck disable=SC2086  # the pattern is to be expanded
          for match in $root$pattern; do
            [ -e "$match" ] && queue=$queue${match#"$root"}$nl
          done
          folder=$root${pattern%/*}
          if hidden "$pattern" || { [ -d "$folder" ] && [ ! -r "$folder" ]; }; then
            say denied "${pattern%/*}"
          fi
          ;;
        *) queue=$queue$pattern$nl ;;
      esac
    done
    unset IFS
  done
}

# Sends folder $1 of host folders: which files are there, and each hosts.toml.
send_tree() {
  case $nl$sent_trees in *"$nl$1$nl"*) return ;; esac
  sent_trees=$sent_trees$1$nl
  if [ ! -d "$root$1" ]; then
    if hidden "$1"; then say denied "$1"; fi
    return
  fi
  if [ ! -r "$root$1" ] || [ ! -x "$root$1" ]; then
    say denied "$1"
    return
  fi
  say present
  for host in "$root$1"/*/; do
    [ -d "$host" ] || continue
    host=${host%/}
    printf '%s\n' "${host#"$root"}/."
    for entry in "$host"/*; do
      [ -e "$entry" ] && printf '%s\n' "${entry#"$root"}"
    done
  done
  for host in "$root$1"/*/; do
    entry=${host#"$root"}hosts.toml
    # A folder without the file is common; one that may not be searched is worth a word.
    if [ -e "$root$entry" ] || [ ! -x "$host" ]; then send_file "$entry"; fi
  done
}

# Sends which of the certificate files that hosts.toml files name by absolute path are there.
send_certificates() {
  say present
  set -f
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  set -- $sent
  unset IFS
  set +f
  for entry in "$@"; do
    case $entry in
      */hosts.toml) [ -r "$root$entry" ] && [ -f "$root$entry" ] && set -- "$@" "$root$entry" ;;
    esac
    shift
  done
  [ $# -eq 0 ] && return
  named=$(sed -n -e '/^[[:space:]]*ca[[:space:]]*=/p' -e '/^[[:space:]]*client[[:space:]]*=/p' "$@")
  [ -z "$named" ] && return
  printf '%s\n' "$named" | tr ',' '\n' |
    sed -n -e 's/^.*\[//' -e "s|^[^\"']*[\"']\(/[^\"']*\)[\"'].*|\1|p" | while IFS= read -r entry; do
    [ -e "$root$entry" ] && printf '%s\n' "$entry"
  done
}

# Sends size and time of change of every file sent.
send_times() {
  set -f
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  set -- $sent
  unset IFS
  set +f
  say times
  for entry in "$@"; do
    [ -r "$root$entry" ] && [ -f "$root$entry" ] && set -- "$@" "$root$entry"
    shift
  done
  [ $# -eq 0 ] && return
  if have stat; then
    stat -L -c '%Y %s %n' "$@"
  else
    for entry in "$@"; do printf '%s %s\n' "- $(wc -c <"$entry")" "$entry"; done
  fi
}

# Sends version and merged configuration of daemon $1, asked of program $2 with file $3.
send_program() {
  if [ -z "$2" ]; then
    return
  fi
  say version "$1"
  "$2" --version
  [ -n "$(obstacle "$3")" ] && return
  if dump=$("$2" --config "$root$3" config dump); then
    say dump "$1"
    printf '%s\n' "$dump"
    trees=$trees$(printf '%s\n' "$dump" | config_paths_of | add_trees)$nl
  else
    say no_dump "$1"
    "$2" --config "$root$3" config dump 2>&1 >/dev/null | tail -n 3
  fi
}

# Reads the command line of process folder $1: program, configuration file, runtime endpoint.
read_command_line() {
  program='' config='' endpoint='' previous=''
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

# The program that answers for the process in folder $1: the very file that runs, if it may be
# read; the name beside it, if one program plays many parts (k3s).
program_of() {
  link=$(readlink "$1/exe")
  case $link in
    '') ;;
    *containerd*) printf '%s\n' "$1/exe" && return ;;
    *) [ -x "${link%/*}/containerd" ] && printf '%s\n' "${link%/*}/containerd" && return ;;
  esac
  case $program in
    /*) [ -x "$root$program" ] && printf '%s\n' "$root$program" ;;
    *) [ -z "$root" ] && command -v containerd ;;
  esac
}

send_daemon() {
  read_command_line "$1"
  case $config in
    '') config=/etc/containerd/config.toml ;;
    /*) ;;
    *) config=$(readlink "$1/cwd")/$config ;;
  esac
  IFS= read -r stat_line <"$1/stat"
  # shellcheck disable=SC2086  # the fields of the line
  set -- "$1" ${stat_line##*) }
  say daemon "$daemons"
  printf '%s\n' "pid=${1##*/}" "program=$program" "exe=$(readlink "$1/exe")" \
    "config=$config" "ticks=${21}" "hertz=$(getconf CLK_TCK || echo 100)" \
    "boot=$(sed -n -e 's/^btime //p' "$root/proc/stat")"
  send_program "$daemons" "$(program_of "$1")" "$config"
  send_config "$config"
  daemons=$((daemons + 1))
}

# Sends what would run: configuration $1, whose program is $2 or on the PATH.
send_idle() {
  [ "$(obstacle "$1")" = missing ] && return
  program=$2
  if [ ! -x "$root$2" ]; then
    program=$([ -z "$root" ] && [ -z "$2" ] && command -v containerd)
  fi
  say daemon "$daemons"
  printf '%s\n' "pid=" "program=$program" "exe=" "config=$1" "ticks="
  [ -n "$program" ] && send_program "$daemons" "$root$program" "$1"
  send_config "$1"
  daemons=$((daemons + 1))
}

send_daemons() {
  own_space=$(readlink "$root/proc/self/ns/pid")
  for process in "$root"/proc/[0-9]*; do
    name=
    IFS= read -r name <"$process/comm" || continue
    case $name in
      containerd | *-containerd | spectro-contai*) ;;
      kubelet)
        read_command_line "$process"
        say kubelet "$endpoint"
        continue
        ;;
      *) continue ;;
    esac
    # One in a container is not the node's.
    space=$(readlink "$process/ns/pid")
    [ -n "$space" ] && [ -n "$own_space" ] && [ "$space" != "$own_space" ] && continue
    send_daemon "$process"
  done
  [ "$daemons" -gt 0 ] && return
  send_idle /etc/containerd/config.toml ''
  send_idle /var/lib/rancher/k3s/agent/etc/containerd/config.toml \
    /var/lib/rancher/k3s/data/current/bin/containerd
  send_idle /var/lib/rancher/rke2/agent/etc/containerd/config.toml \
    /var/lib/rancher/rke2/bin/containerd
}

task_read() {
  sent='' sent_count=0 sent_trees='' trees='' daemons=0
  send_daemons
  set -f
  IFS=$nl
  # containerd 2.2 and later look into these two when nothing is configured.
  for tree in $trees /etc/containerd/certs.d /etc/docker/certs.d; do
    unset IFS
    set +f
    send_tree "$tree"
  done
  unset IFS
  set +f
  send_certificates
  send_times
}
