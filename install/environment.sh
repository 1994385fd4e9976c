#!/bin/sh
# Install one environment: sh install/environment.sh FOLDER [--tests]. It chooses the Python for it;
# install/__main__.py does the work. Nothing happens when the environment is up to date.
set -u
folder=$1
stamp=$folder/.run-time
[ "${2:-}" = --tests ] && stamp=$folder/.tests

if [ -e "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ ! constraints.txt -nt "$stamp" ] &&
    "$folder/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
if [ -n "${PYTHON:-}" ]; then
    "$PYTHON" -c "$fits" 2>/dev/null && exec "$PYTHON" -m install "$@"
    echo "PYTHON=$PYTHON is not Python 3.11, 3.12, 3.13 or 3.14:" >&2
    echo "  $("$PYTHON" --version 2>&1)" >&2
    exit 2
fi
managed=$(uv python find --no-python-downloads '>=3.11,<3.15' 2>/dev/null)
for name in python3 python3.14 python3.13 python3.12 python3.11 "$managed"; do
    [ -n "$name" ] && "$name" -c "$fits" 2>/dev/null && exec "$name" -m install "$@"
done
{
    echo "EditJury needs Python 3.11, 3.12, 3.13 or 3.14, and none is found here."
    echo "  python3: $(python3 --version 2>&1)"
    echo "Install one (python3.12 and python3.12-venv in many distributions; \`uv python install 3.12\`"
    echo "with uv), or name one that is not on PATH: make demo PYTHON=/PATH/TO/python3.12"
} >&2
exit 2
