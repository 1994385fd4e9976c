#!/bin/sh
# Make sure that a Chromium is there where this can be done without asking anyone.
set -eu

for name in "${CHROMIUM:-}" chromium google-chrome chromium-browser; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium with apt for the browser tests (about 100 MB to download)"
    apt-get install --yes --quiet --no-install-recommends chromium ||
        { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends chromium; }
    exit 0
fi
echo "No Chromium found: the browser tests will be skipped. To run them, install Chromium"
echo "(apt-get install --no-install-recommends chromium), or set CHROMIUM to its path."
