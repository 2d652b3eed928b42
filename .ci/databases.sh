#!/usr/bin/env bash
# Puts the database servers of the local rung on a Debian 12 machine: PostgreSQL and MariaDB
# from its own packages, MySQL from Debian sid, unpacked beside the system and never installed.
# Run as root; what is there already is left as it is. Starts nothing.
#
#   STOREPROOF_MYSQL_HOME   where MySQL is unpacked (default /opt/storeproof/mysql)
set -euo pipefail

mysql_home="${STOREPROOF_MYSQL_HOME:-/opt/storeproof/mysql}"
export DEBIAN_FRONTEND=noninteractive

debian_packages() (
    local wanted=()
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || wanted+=(postgresql)
    command -v mariadbd >/dev/null || wanted+=(mariadb-server-core mariadb-client-core)
    ldconfig -p | grep -q libodbc.so.2 || wanted+=(unixodbc)
    [ "${#wanted[@]}" -eq 0 ] && exit
    apt-get update -qq
    # Debian starts a packaged server at once unless this policy says no; ours are private.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
)

# An apt world of its own, so that no sid package is ever seen by the system's apt: an empty
# package status makes it fetch every library that mysqld needs, libc and its loader included.
mysql_from_sid() (
    [ -x "$mysql_home/usr/sbin/mysqld" ] && exit
    local world mirror keyring apt
    world="$(mktemp -d)"
    trap 'rm -rf "$world"' EXIT
    chmod 755 "$world"
    mkdir -p "$world"/{etc/apt.conf.d,etc/preferences.d,etc/sources.list.d,lists/partial,root} \
        "$world/cache/archives/partial"
    : >"$world/status"
    apt-get update -qq
    mirror="$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keyring] $mirror sid main" >"$world/etc/sources.list"
    apt=(apt-get -qq
        -o "Dir::Etc::sourcelist=$world/etc/sources.list"
        -o "Dir::Etc::sourceparts=$world/etc/sources.list.d"
        -o "Dir::Etc::preferencesparts=$world/etc/preferences.d"
        -o "Dir::State::lists=$world/lists"
        -o "Dir::State::status=$world/status"
        -o "Dir::State::extended_states=$world/extended_states"
        -o "Dir::Cache=$world/cache"
        -o APT::Install-Recommends=false
        -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" --download-only -y install mysql-server-core
    for package in "$world"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$world/root"
    done
    chmod 755 "$world/root"
    mkdir -p "$(dirname "$mysql_home")"
    rm -rf "$mysql_home"
    mv "$world/root" "$mysql_home" # last, so that an interrupted run is begun again
)

debian_packages
mysql_from_sid
for server in /usr/lib/postgresql/*/bin/postgres "$(command -v mariadbd)" "$mysql_home/usr/sbin/mysqld"; do
    echo "database server: $server"
done
