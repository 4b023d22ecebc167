# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034  # what the caller puts in front of this script and behind it
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Whom to believe: a part of the task read, which as a rule runs as root. Nothing is run, and no
# file is read, that others than root may write or put somewhere else. A path is as good as its
# folders, one by one, and as those of each link on the way. What is used then is the path without
# links: nobody but root can change it between the look and the use.
# Set by the caller: root (a prefix of all paths, empty on a node). Names are not expanded (set -f).

tab='	'
# What stat told, lines "USER MODE SECONDS SIZE<tab>PATH"; those of what others may write.
facts='' unsafe='' wanted=''

# Whether this shell compares files, and reads TOML as others do: posh does neither.
able() {
  text="imports = ['a', \"b\"]$nl config_path='/c:/d'$nl"
  find_imports
  find_trees
  [ "$patterns$trees" = "a${nl}b$nl/c$nl/d$nl" ] && [ / -ef /.. ] && trees='' || return 1
}

# Whether this node has what is needed here; says what it lacks. From here on no names are expanded.
fit() {
  if ! have stat; then
    say unfit stat
    return 1
  fi
  set -f
  able && return
  say unfit shell
  return 1
}

# Sets $physical to path $1 without links, and $chain to all that decides where it leads, one a
# line. Fails on a path that is not absolute, has a line end, or goes round.
walk() {
  case $1 in *"$nl"*) return 1 ;; /*) ;; *) return 1 ;; esac
  way=$1 physical='' chain='' links=0
  while [ -n "$way" ]; do
    step=${way%%/*}
    case $way in */*) way=${way#*/} ;; *) way= ;; esac
    case $step in
      '' | .) continue ;;
      ..) physical=${physical%/*} && continue ;;
    esac
    chain=$chain${physical:-/}$nl
    if [ -L "$root$physical/$step" ]; then
      links=$((links + 1))
      [ "$links" -gt 40 ] && return 1
      link=$(readlink "$root$physical/$step") || return 1
      case $link in *"$nl"*) return 1 ;; /*) physical= ;; esac
      way=$link/$way
    else
      physical=$physical/$step
    fi
  done
  physical=${physical:-/}
  chain=$chain$physical$nl
}

# Adds to $wanted what is there of $chain and not in $facts. Fails if nothing is wanted.
want() {
  IFS=$nl
  # shellcheck disable=SC2086  # one path a line is meant
  for place in $chain; do
    case $facts$wanted in *"$tab$place$nl"*) continue ;; esac
    [ -e "$root$place" ] && wanted=$wanted$tab$place$nl
  done
  unset IFS
  [ -n "$wanted" ]
}

# Starts stat for all that is wanted.
learn() {
  set --
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  for place in $wanted; do
    set -- "$@" "$root${place#"$tab"}"
  done
  # shellcheck disable=SC2046  # one word a line is meant
  for fact in $(stat -c "%u %a %Y %s$tab%n" "$@"); do
    place=${fact#*"$tab"}
    fact=${fact%%"$tab"*}
    spot=${place:-/}
    place=${place#"$root"}
    place=$tab${place:-/}$nl
    facts=$facts$fact$place
    mode=${fact#* }
    mode=${mode%% *}
    case ${fact%% *}/$mode in
      0/*[!2367][!2367] | 0/[!2367]) continue ;;
      # Who may only add to a folder takes nothing of root's away: so is the store of Nix.
      0/[1357]?[2367][!2367]) [ -d "$spot" ] && continue ;;
    esac
    unsafe=$unsafe$fact$place
  done
  unset IFS
  wanted=
}

# Learns at once what there is to know about the paths $@.
inspect() {
  for way_in in "$@"; do
    walk "$way_in" && want
  done
  [ -n "$wanted" ] && learn
}

# Whether nobody but root decides what path $1 is. Sets $physical; and $offender, of a path that
# others decide, to "USER MODE PATH" of what they may write.
believable() {
  offender=
  walk "$1" || return 1
  # Of what is known, the way to it is: it was asked about together.
  case $facts in *"$tab$physical$nl"*) ;; *) want && learn ;; esac
  [ -z "$unsafe" ] && return
  IFS=$nl
  # shellcheck disable=SC2086  # one word a line is meant
  for place in $chain; do
    case $unsafe in
      *"$tab$place$nl"*)
        fact=${unsafe%%"$tab$place$nl"*}
        fact=${fact##*"$nl"}
        offender="${fact% * *} $place"
        break
        ;;
    esac
  done
  unset IFS
  [ -z "$offender" ]
}

# Sends that path $1 is left alone, and why.
leave() {
  # The words of a record are joined by what it begins with.
  unset IFS
  name=$1
  while :; do
    case $name in *"$nl"*) name="${name%%"$nl"*}?${name#*"$nl"}" ;; *) break ;; esac
  done
  if [ -n "$offender" ]; then
    say writable "$name"
    printf '%s\n' "$offender"
  else
    say odd "$name"
  fi
}
