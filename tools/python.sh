#!/bin/sh
# Run a script with a Python that MindHub supports: sh tools/python.sh SCRIPT [ARGUMENT...]
#
# A name on PATH proves nothing: pyenv leaves shims for versions that are not active, and they exit with 127.
# So each candidate is started, and the first that answers is taken. Those that can make environments (ensurepip)
# come before those that cannot. PYTHON=/path/to/python3.12 overrides the search.
set -u

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))'
complete="import ensurepip, venv; $supported"

candidates() {
    printf '%s\n' python3.12 python3.11 python3 python
    # Installed without root, and often not on PATH.
    for each in \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[12]*/bin/python3 \
        "${XDG_DATA_HOME:-$HOME/.local/share}"/uv/python/cpython-3.1[12]*/bin/python3; do
        [ -x "$each" ] && printf '%s\n' "$each"
    done
}

if [ -n "${PYTHON:-}" ]; then
    if "$PYTHON" -c "$supported" >/dev/null 2>&1; then
        exec "$PYTHON" "$@"
    fi
    echo "PYTHON=$PYTHON is not a working Python 3.11 or 3.12" >&2
    "$PYTHON" --version >&2
    exit 2
fi

# One candidate a line, because a home folder may have a space in its name.
old_ifs=$IFS
IFS='
'
for test in "$complete" "$supported"; do
    for each in $(candidates); do
        if "$each" -c "$test" >/dev/null 2>&1; then
            IFS=$old_ifs
            exec "$each" "$@"
        fi
    done
done
IFS=$old_ifs

{
    echo "  missing  Python 3.11 or 3.12 (MindSpore 2.10 has no wheels for others)"
    for each in python3.12 python3.11 python3 python; do
        found=$(command -v "$each" 2>/dev/null) || continue
        answer=$("$each" --version 2>&1 | head -n 1)
        echo "           found $found: ${answer:-does not start}"
    done
    echo "           with root:    install python3.12 and python3.12-venv (or 3.11) with the package manager"
    echo "           without root: 'pyenv install 3.12' or 'uv python install 3.12', then run make again"
    echo "           elsewhere:    make hub PYTHON=/path/to/python3.12"
} >&2
exit 2
