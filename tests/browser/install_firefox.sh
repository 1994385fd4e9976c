#!/bin/sh
# Install Firefox for the browser tests where this can be done without asking anyone. Without it
# they are skipped, so nothing fails here.
set -eu

for name in "${FIREFOX:-}" firefox-esr firefox; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Firefox with apt for the browser tests (about 80 MB to download)"
    apt-get install --yes --quiet --no-install-recommends firefox-esr ||
        { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends firefox-esr; } ||
        echo "Firefox could not be installed: its tests will be skipped."
    exit 0
fi
echo "No Firefox found: its tests will be skipped. To run them, install Firefox"
echo "(apt-get install --no-install-recommends firefox-esr), or set FIREFOX to its path."
