# shellcheck shell=sh
# shellcheck disable=SC2154  # what the caller puts in front of this script
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs on a node, on stdin of its /bin/sh (busybox, dash, bash ...), behind one task_* function.
# It writes no file, and starts nothing that outlives it. A task prints no NUL: the sed of busybox
# would take it for a line end. 377 is no UTF-8, so a file with it stays broken.
# Set by the caller: boundary (a random word), task, limit (seconds), max_output (bytes).
# Output: boundary, "begin ENCODING", the encoded records, boundary, "finish". A record is a
# line "boundary KIND WORDS" and the bytes up to the next one.

nl='
'
LC_ALL=C
# Not the user's: programs, and the files that they look for at home. The last one is NixOS's.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
HOME=/
export LC_ALL PATH HOME

say() {
  printf '\n%s %s\n' "$boundary" "$*"
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# Takes credentials out of everything, before it leaves the node. ~~ marks what is done.
redact() {
  word='"REDACTED"'
  set --
  for key in password auth identitytoken; do
    field="\(${key}[\"']*[[:space:]]*=[[:space:]]*\)"
    set -- "$@" -e "/$field/{" -e 's/\\\\/__/g' -e 's/\\"/__/g' \
      -e "s/$field\"\"\"[^\"]*\"\"\"/\1$word/g" -e "s/$field\"[^\"]*\"/\1$word/g" \
      -e "s/$field'[^']*'/\1$word/g" -e '}'
  done
  # The hold space keeps the table that a line stands in. In a header table, every string.
  start="^[[:space:]]*[[@][A-Za-z\"'[@]"
  key="^[[:space:]]*\([\"']\{0,1\}\)[A-Za-z0-9_-]*\1[[:space:]]*="
  set -- "$@" -e "/$start/h" -e x -e "/header[\"']*[[:space:]]*\]/{" -e x -e "/$start/!{" \
    -e 's/\\\\/__/g' -e 's/\\"/__/g' -e "/$key/!s/\"[^\"]*\"/~~/g" -e "/$key/!s/'[^']*'/~~/g" \
    -e ':b' -e "s/\(=.*\)\"[^\"]*\"/\1~~/" -e tb -e ':c' -e "s/\(=.*\)'[^']*'/\1~~/" -e tc \
    -e '}' -e x -e '}' -e x
  # The same on a line that writes headers inline or with dots.
  field="header[.A-Za-z0-9_\"'-]*[[:space:]]*="
  set -- "$@" -e "/$field/{" -e 's/\\\\/__/g' -e 's/\\"/__/g' \
    -e ':d' -e "s/\($field.*\)\"[^\"]*\"/\1~~/" -e td \
    -e ':e' -e "s/\($field.*\)'[^']*'/\1~~/" -e te -e '}' -e "s/~~/$word/g"
  # What stands before the @ of a URL; containerd drops it.
  set -- "$@" -e "s#://[^/@[:space:]\"']*@#://REDACTED@#g"
  exec sed "$@"
}

# A head that knows no -c says so before it reads.
cap() {
  head -c "$max_output" 2>/dev/null || cat
}

choose_encoding() {
  encoding='hexdump'
  have od && encoding='od'
  have base64 && encoding='base64'
}

encode() {
  case $encoding in
    base64) exec base64 ;;
    od) exec od -An -v -tx1 ;;
    *) exec hexdump -v -e '32/1 "%02x" "\n"' ;;
  esac
}

# The descendants of process $1, from /proc: from where a process cannot write what it calls itself
# over what the kernel says of it.
descendants() (
  for process in /proc/[0-9]*; do
    while read -r field parent; do
      [ "$field" = PPid: ] && break
    done <"$process/status" || continue
    if [ "$parent" = "$1" ]; then
      echo "${process##*/}"
      descendants "${process##*/}"
    fi
  done
)

# Ends process $1 and all it started. Stopped ones start nothing more, so the second look is whole.
end_tree() {
  kill -STOP "$1"
  known=none
  family=$(descendants "$1")
  while [ "$family" != "$known" ]; do
    known=$family
    # shellcheck disable=SC2086  # one process number a word
    kill -STOP $family
    family=$(descendants "$1")
  done
  # shellcheck disable=SC2086  # one process number a word
  kill -9 $family "$1"
}

# Runs the task, at most for the limit: `timeout` is not everywhere.
limited() {
  "task_$task" &
  worker=$!
  (
    # Killed when the task is done: its sleep must not stay behind. Another signal would be lost on
    # a process that is about to become that sleep.
    trap '[ "$!" != "$worker" ] && kill -9 "$!"; exit' TERM
    sleep "$limit" &
    wait "$!"
    end_tree "$worker"
  ) >/dev/null &
  watch=$!
  wait "$worker"
  case $? in
    137) say end timeout ;;
    *) say end ok ;;
  esac
  kill "$watch"
  wait "$watch"
}

main() {
  choose_encoding
  printf '\n%s begin %s\n' "$boundary" "$encoding"
  answer=$(limited 2>/dev/null)
  # Most answers have nothing in them that redact looks for, and are small.
  case $answer in
    *password* | *auth* | *identitytoken* | *header* | *[!@"$nl"]@*)
      printf '%s\n' "$answer" | redact | cap | encode
      ;;
    *)
      if [ ${#answer} -lt "$max_output" ]; then
        printf '%s\n' "$answer" | encode
      else
        printf '%s\n' "$answer" | cap | encode
      fi
      ;;
  esac
  printf '\n%s finish\n' "$boundary"
}

main </dev/null
