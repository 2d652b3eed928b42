#!/usr/bin/env bash
# Gives the container rung of the fixtures something to climb on where no image registry can be
# reached: a Docker engine, and an image of MariaDB made from Debian's packages. Run as root on
# Debian 12. Usage: .ci/docker.sh up | down
#
#   up     installs the engine, starts it if none answers, makes the image if it is not there
#   down   stops the engine if `up` started it; the image stays
#
# The image is named storeproof/mariadb:local; name it in STOREPROOF_MARIADB_IMAGE, and set
# TESTCONTAINERS_RYUK_DISABLED=true, since the reaper's image cannot be had either.
set -euo pipefail

image=storeproof/mariadb:local
state=/run/storeproof-docker
export DEBIAN_FRONTEND=noninteractive

answers() { docker version >/dev/null 2>&1; }

install_packages() (
    wanted=()
    command -v dockerd >/dev/null || wanted+=(docker.io)
    command -v iptables >/dev/null || wanted+=(iptables)
    command -v debootstrap >/dev/null || wanted+=(debootstrap)
    [ "${#wanted[@]}" -eq 0 ] && exit
    if [ ! -e /usr/sbin/policy-rc.d ]; then # the engine is started here, not by its package
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
)

start_engine() {
    answers && return
    mkdir -p "$state"
    setsid dockerd --pidfile "$state/pid" >"$state/log" 2>&1 </dev/null &
    for _ in $(seq 120); do
        answers && return
        kill -0 $! 2>/dev/null || break
        sleep 0.5
    done
    echo "The Docker engine did not start; the end of its log:" >&2
    tail -n 20 "$state/log" >&2
    return 1
}

make_image() (
    docker image inspect "$image" >/dev/null 2>&1 && exit
    work="$(mktemp -d)"
    trap 'docker image rm -f storeproof/debian-mariadb:local >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
    mirror="$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)"
    debootstrap --variant=minbase --include=mariadb-server-core,mariadb-client-core \
        bookworm "$work/root" "$mirror" >"$work/log" || { tail -n 20 "$work/log" >&2; exit 1; }
    rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/*
    tar -C "$work/root" -c . | docker import - storeproof/debian-mariadb:local >/dev/null
    mkdir "$work/image"
    # It takes what the official image takes: the root password, and mariadbd's options as command.
    cat >"$work/image/entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
set -eu
data=/var/lib/mysql
mariadb-install-db --no-defaults --user=mysql --datadir=$data \
    --auth-root-authentication-method=normal --skip-test-db >/dev/null
(
    umask 077
    printf "%s\n" \
        "CREATE OR REPLACE USER root@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';" \
        "GRANT ALL PRIVILEGES ON *.* TO root@'%' WITH GRANT OPTION;" >/run/accounts.sql
    chown mysql /run/accounts.sql
)
unset MYSQL_ROOT_PASSWORD
exec mariadbd --no-defaults --user=mysql --datadir=$data --socket=/run/mysql.sock \
    --pid-file=/var/lib/mysql/pid --init-file=/run/accounts.sql "$@"
ENTRYPOINT
    cat >"$work/image/Dockerfile" <<'DOCKERFILE'
FROM storeproof/debian-mariadb:local
RUN useradd --system --home-dir /var/lib/mysql mysql && mkdir -p /var/lib/mysql && chown mysql /var/lib/mysql /run
COPY entrypoint.sh /entrypoint.sh
EXPOSE 3306
ENTRYPOINT ["/entrypoint.sh"]
DOCKERFILE
    chmod 755 "$work/image/entrypoint.sh"
    docker build -q -t "$image" "$work/image" >/dev/null
)

case "${1:-}" in
up)
    install_packages
    start_engine
    make_image
    echo "container image: $image"
    ;;
down)
    [ -e "$state/pid" ] || exit 0
    engine="$(cat "$state/pid")"
    kill "$engine" 2>/dev/null || true
    while kill -0 "$engine" 2>/dev/null; do sleep 0.2; done
    rm -rf "$state"
    ;;
*)
    echo "usage: $0 up | down" >&2
    exit 2
    ;;
esac
