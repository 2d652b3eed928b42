#!/usr/bin/env bash
# Puts Chromium on a Debian machine, for the tests of the HTML report. Run as root; a browser
# that is there already is left as it is.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

for browser in chromium chromium-browser google-chrome chrome; do
    if command -v "$browser" >/dev/null; then
        exit
    fi
done
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium >/dev/null
