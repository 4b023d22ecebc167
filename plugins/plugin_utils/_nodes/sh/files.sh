# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034  # what the caller puts in front of this script and behind it
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# The files that decide the registry mirrors of containerd: a part of the task read.
# Set by the caller: max_file (bytes of one file), max_files, root (a prefix of all paths, empty on
# a node).
# A program that is started costs a node more than all that the shell does by itself here.

# What has been sent, looked for; what is to be looked into, one a line. Whether all was believable.
sent='' sent_count=0 looked='' trees='' naming='' left=''

# Whether a folder on the way to absolute path $1 may not be searched: then "missing" would be a
# guess.
hidden() {
  above=${1%/*}
  while [ -n "$above" ] && [ ! -e "$root$above" ]; do above=${above%/*}; done
  [ ! -x "$root$above/" ]
}

# Sets $state to what keeps file $1 from being read. Fails if nothing does.
obstacle() {
  state=
  if [ ! -e "$root$1" ]; then
    state=missing
    if hidden "$1"; then state=denied; fi
  elif [ ! -f "$root$1" ]; then
    state=special
  elif [ ! -r "$root$1" ]; then
    state=denied
  fi
  [ -n "$state" ]
}

# Reads file $physical of $size bytes into $text, if it is small and nothing but printable ASCII:
# then no program has to be started, and all shells read the same.
read_plain() {
  [ "$size" -le 4096 ] && [ "$size" -le "$max_file" ] || return 1
  text=
  while IFS= read -r line; do text=$text$line$nl; done <"$root$physical"
  text=$text$line
  # A shell drops NUL.
  [ ${#text} -eq "$size" ] || return 1
  case $text in *[!\ -~"$tab$nl"]*) return 1 ;; esac
}

# Sends file $1 and sets $text to it. Fails if it cannot be read, is known already, or too many
# have been sent.
send_file() {
  case $nl$sent in *"$nl$1$nl"*) return 1 ;; esac
  if [ "$sent_count" -ge "$max_files" ]; then
    say limit files "$1"
    return 1
  fi
  sent=$sent$1$nl
  sent_count=$((sent_count + 1))
  if ! believable "$1"; then
    left=1
    leave "$1"
    return 1
  fi
  if obstacle "$physical"; then
    say "$state" "$1"
    return 1
  fi
  # One that came after the look.
  case $facts in *"$tab$physical$nl"*) ;; *) say missing "$1" && return 1 ;; esac
  fact=${facts%%"$tab$physical$nl"*}
  size=${fact##* }
  fact=${fact% *}
  say times
  printf '%s\n' "${fact##* } $size $1"
  say file "$1"
  if ! read_plain; then
    # NUL becomes 377, which is no UTF-8: the file stays broken. The dot keeps line ends at its end.
    text=$(dd if="$root$physical" bs="$max_file" count=1 2>/dev/null | tr '\000' '\377' && echo .)
    text=${text%.}
  fi
  printf '%s' "$text"
}

# Sends when the file changed from which k3s and RKE2 write configuration $1, and nothing of it.
send_origin() {
  case $1 in
    /var/lib/rancher/k3s/*) set -- /etc/rancher/k3s/registries.yaml ;;
    /var/lib/rancher/rke2/*) set -- /etc/rancher/rke2/registries.yaml ;;
    *) return ;;
  esac
  inspect "$1"
  believable "$1" || return
  obstacle "$physical" && return
  case $facts in *"$tab$physical$nl"*) ;; *) return ;; esac
  fact=${facts%%"$tab$physical$nl"*}
  size=${fact##* }
  fact=${fact% *}
  say times
  printf '%s\n' "${fact##* } $size $1"
  say present
  printf '%s\n' "$1"
}

# Takes blanks off the start of $rest, and with $1 quotes too.
skip_blanks() {
  rest=${rest#"${rest%%[!\ "$tab$1"]*}"}
}

# Sets $patterns to the strings of the imports array in $text, one a line. Most files have none.
find_imports() {
  patterns=
  rest=$nl$text$nl
  while :; do
    case $rest in *imports*) ;; *) return ;; esac
    before=${rest%%imports*}
    rest=${rest#*imports}
    case ${before##*"$nl"} in *[!\ "$tab\"'"]*) continue ;; esac
    skip_blanks "\"'"
    case $rest in =*\]*) break ;; esac
  done
  # Up to the last bracket of the first line that has one.
  array=${rest%%]*}
  rest=${rest#"$array"}
  rest=${rest%%"$nl"*}
  array=$array${rest%]*}$nl
  while [ -n "$array" ]; do
    rest=${array%%"$nl"*}
    array=${array#*"$nl"}
    skip_blanks
    case $rest in '#'*) continue ;; esac
    while :; do
      case $rest in *[\"\']*[\"\']*) ;; *) break ;; esac
      rest=${rest#*[\"\']}
      patterns=$patterns${rest%%[\"\']*}$nl
      rest=${rest#*[\"\']}
    done
  done
}

# Adds the folders of every config_path in $text to $trees.
find_trees() {
  remaining=$text$nl
  while :; do
    case $remaining in *config_path*) ;; *) return ;; esac
    before=${remaining%%config_path*}
    remaining=${remaining#*config_path}
    rest=${before##*"$nl"}
    skip_blanks
    case $rest in '#'* | *[A-Za-z0-9_-]) continue ;; esac
    rest=${remaining%%"$nl"*}
    skip_blanks "\"'"
    case $rest in =*) rest=${rest#=} ;; *) continue ;; esac
    skip_blanks
    case $rest in [\"\']*) skip_blanks "\"'" ;; *) continue ;; esac
    rest=${rest%%[\"\']*}:
    while [ -n "$rest" ]; do
      tree=${rest%%:*}
      rest=${rest#*:}
      case $tree in /*) trees=$trees${tree%/}$nl ;; esac
    done
  done
}

# Adds what import $1 of file $config_file names to $queue, and says if it may be more than that.
find_imported() {
  pattern=$1
  case $pattern in
    /*) ;;
    *) pattern=${config_file%/*}/$pattern ;;
  esac
  case $pattern in
    *'*'*) ;;
    *)
      queue=$queue$pattern$nl
      looked=${looked}import$tab$pattern$nl
      return
      ;;
  esac
  folder=${pattern%/*}
  name=${pattern##*/}
  dangling=
  # For containerd a star also means a dot in front.
  case $name in
    '*.'*) hidden_names=$root$folder/.$name$nl$root$folder/${name#?} ;;
    '*'*) hidden_names=$root$folder/.$name ;;
    *) hidden_names= ;;
  esac
  # Whoever may write there could let this go on for ever.
  if ! believable "${folder%%"*"*}/."; then
    left=1
    leave "$pattern"
    return
  fi
  IFS=$nl
  set +f
  # shellcheck disable=SC2086  # the pattern is to be expanded
  for match in $root$pattern $hidden_names; do
    case $match in
      *"$nl"*) offender='' left=1 && leave "${match#"$root"}" ;;
      *)
        if [ -e "$match" ]; then
          queue=$queue${match#"$root"}$nl
        elif [ -L "$match" ]; then
          dangling=1
        fi
        ;;
    esac
  done
  set -f
  unset IFS
  if hidden "$pattern" || { [ -d "$root$folder" ] && [ ! -r "$root$folder" ]; }; then
    say denied "$folder"
  fi
  # Only such patterns are the same to a shell, and containerd fails on a link that leads nowhere.
  case $folder$name in *[?[\\]*) return ;; esac
  case $folder in *'*'*) return ;; esac
  [ -n "$dangling" ] && return
  looked=${looked}import$tab$pattern$nl
}

# Sends configuration file $1 and what its imports name, breadth first as containerd does; $2 is a
# program to learn about on the way.
send_config() {
  queue=$1$nl
  set -- "$1" ${2:+"$2"}
  # In the usual places, so that stat has to be started but once.
  set +f
  for entry in "$root"/etc/containerd/conf.d/*.toml "$root"/etc/containerd/certs.d/*/hosts.toml; do
    set -- "$@" "${entry#"$root"}"
  done
  set -f
  inspect "$@"
  while [ -n "$queue" ]; do
    config_file=${queue%%"$nl"*}
    IFS=$nl
    # shellcheck disable=SC2086  # one word a line is meant
    set -- $queue
    unset IFS
    inspect "$@"
    queue=${queue#*"$nl"}
    send_file "$config_file" || continue
    find_trees
    find_imports
    while [ -n "$patterns" ]; do
      find_imported "${patterns%%"$nl"*}"
      patterns=${patterns#*"$nl"}
    done
  done
}

# Sends folder $1 of host folders: which files are there, and each hosts.toml.
send_tree() {
  case $nl$looked in *"${nl}tree$tab$1$nl"*) return ;; esac
  looked=${looked}tree$tab$1$nl
  if ! believable "$1"; then
    leave "$1"
    return
  fi
  if [ ! -d "$root$physical" ]; then
    if hidden "$1"; then say denied "$1"; fi
    if [ -e "$root$physical" ]; then say present && printf '%s\n' "$1"; fi
    return
  fi
  if [ ! -r "$root$physical" ] || [ ! -x "$root$physical" ]; then
    say denied "$1"
    return
  fi
  say present
  set -- "$1"
  set +f
  # A file in the place of a folder stops pulls.
  for entry in "$root$1"/*; do
    case $entry in *"$nl"*) continue ;; esac
    if [ -e "$entry" ] && [ ! -d "$entry" ]; then printf '%s\n' "${entry#"$root"}"; fi
  done
  for host in "$root$1"/*/; do
    [ -d "$host" ] || continue
    host=${host%/}
    case $host in *"$nl"*) continue ;; esac
    printf '%s\n' "${host#"$root"}/."
    for entry in "$host"/*; do
      case $entry in *"$nl"*) continue ;; esac
      [ -e "$entry" ] && printf '%s\n' "${entry#"$root"}"
    done
    # A folder without the file is common; one that others may write is worth a word.
    set -- "$@" "${host#"$root"}/hosts.toml"
  done
  set -f
  shift
  inspect "$@"
  for entry in "$@"; do
    send_file "$entry" || continue
    case $nl$text in
      *[!A-Za-z0-9_-]ca[!A-Za-z0-9_-]* | *[!A-Za-z0-9_-]client[!A-Za-z0-9_-]*)
        naming=$naming$entry$nl
        ;;
    esac
  done
}

# Sends which of the certificate files that hosts.toml files name by absolute path are there.
send_certificates() {
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  set -- $naming
  unset IFS
  [ $# -eq 0 ] && return
  for entry in "$@"; do
    set -- "$@" "$root$entry"
    shift
  done
  named=$(sed -n -e '/^[[:space:]]*ca[[:space:]]*=/p' -e '/^[[:space:]]*client[[:space:]]*=/p' "$@")
  [ -z "$named" ] && return
  named=$(printf '%s\n' "$named" | tr ',' '\n' |
    sed -n -e 's/^.*\[//' -e "s|^[^\"']*[\"']\(/[^\"']*\)[\"'].*|\1|p")
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  set -- $named
  unset IFS
  say present
  for entry in "$@"; do
    [ -e "$root$entry" ] && printf '%s\n' "$entry"
  done
  inspect "$@"
  for entry in "$@"; do
    believable "$entry" || leave "$entry"
  done
}
