#!/bin/sh
# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make_venv.sh [PYTHON]: make .venv and install requirements-dev.lock into it. Debian splits the
# venv module's pip off into a package of its own; where it lacks, its wheel is fetched.
set -eu

usable() {
    "$1" -c 'import ctypes, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# A distribution's Python is compiled for speed, one that pyenv compiled is not: tests take a
# quarter longer with it.
if [ -n "${1-}" ]; then python=$1
elif usable /usr/bin/python3; then python=/usr/bin/python3
else python=python3
fi
if ! usable "$python"; then
    echo "error: $python is not a whole Python 3.11 or later. Say which one is: make PYTHON=python3.12" >&2
    exit 1
fi

echo "python: making .venv with $("$python" --version)" >&2
if ! "$python" -m venv --clear .venv >/dev/null 2>&1; then
    "$python" -m venv --clear --without-pip .venv
    mkdir -p .cache/pip-wheel
    # The host's configuration may let unsigned packages through.
    set -- -qq -o APT::Get::AllowUnauthenticated=false -o Acquire::AllowInsecureRepositories=false
    if ! (cd .cache/pip-wheel && { apt-get "$@" download python3-pip-whl \
        || { apt-get "$@" update && apt-get "$@" download python3-pip-whl; }; }); then
        echo "error: $python has no pip of its own; install Debian's python3-venv" >&2
        exit 1
    fi
    dpkg-deb -x .cache/pip-wheel/python3-pip-whl_*.deb .cache/pip-wheel
    wheel=$(ls .cache/pip-wheel/usr/share/python-wheels/pip-*.whl)
    .venv/bin/python "$wheel/pip" install --quiet --no-index "$wheel"
fi
echo "python: installing what requirements-dev.lock names (about a minute)" >&2
mkdir -p .cache
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements-dev.lock 2>.cache/pip.log; then
    cat .cache/pip.log >&2
    exit 1
fi
