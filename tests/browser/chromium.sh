#!/bin/sh
# Start $CHROMIUM_FOUND without what it prepares for a person: each new profile would draw the
# suggestions of its address bar in a process of their own, and keep another process in reserve.
# Chromium obeys the last --disable-features alone, and Playwright gives one: join them.
off=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess
for argument; do
    shift
    case $argument in
    --disable-features=*) argument=$argument,$off ;;
    esac
    set -- "$@" "$argument"
done
exec "$CHROMIUM_FOUND" "$@"
