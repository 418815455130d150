# Sourced by bin/relevo and bin/test: finds what they need on this machine, and installs what is
# missing. Nothing here reads standard input.

# The first JDK, not just a runtime, of version 25 or newer; sets and exports JAVA_HOME.
find_jdk() {
    local home candidates=()
    [ -z "${JAVA_HOME:-}" ] || candidates+=("$JAVA_HOME")
    ! command -v javac >/dev/null || candidates+=("$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")")
    candidates+=(/usr/lib/jvm/* /opt/*jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/*)
    for home in "${candidates[@]}"; do
        if [ -x "$home/bin/javac" ] && [ "$(jdk_version "$home")" -ge 25 ]; then
            export JAVA_HOME=$home
            return 0
        fi
    done
    return 1
}

# The feature version of a JDK: 25 for 25.0.3 and for 25-ea, 8 for 1.8.0; 0 when it does not run.
jdk_version() {
    local said
    if ! said=$("$1/bin/java" -Xshare:auto -XX:TieredStopAtLevel=1 -version 2>&1 </dev/null); then
        echo 0
    elif [[ $said =~ version\ \"(1\.)?([0-9]+) ]]; then
        echo "${BASH_REMATCH[2]}"
    else
        echo 0
    fi
}

# Whether a PostgreSQL client program is there. Debian's /usr/bin/pgbench is a wrapper that is there
# also when the program is not.
has_postgresql() {
    local program
    for program in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" "$(command -v "$1" || true)"; do
        if [ -x "$program" ] && [[ $(readlink -f "$program") != */pg_wrapper ]]; then
            return 0
        fi
    done
    return 1
}

# Whether the system's Python, or the first one in PATH, knows psycopg2.
has_psycopg2() {
    local python
    for python in /usr/bin/python3 python3; do
        ! "$python" -c 'import psycopg2' >/dev/null 2>&1 </dev/null || return 0
    done
    return 1
}

refuse() {
    printf '%s\n' "$@" >&2
    exit 2
}

refuse_without_jdk() {
    refuse "ERROR:  no JDK 25 or newer in JAVA_HOME, PATH or /usr/lib/jvm" \
        "HINT:  Install one: on Debian and Ubuntu the package openjdk-25-jdk-headless where there is" \
        "one, else temurin-25-jdk as told on https://adoptium.net/installation/linux/."
}

# Installs what is missing of: jdk mvn xz psql pg_dump pgbench psycopg2. Exits with 2 when it cannot.
require() {
    local tool packages=()
    for tool in "$@"; do
        case $tool in
            jdk) find_jdk || packages+=(jdk) ;;
            mvn) command -v mvn >/dev/null || packages+=(maven) ;;
            xz) command -v xz >/dev/null || packages+=(xz-utils) ;;
            psycopg2) has_psycopg2 || packages+=(python3-psycopg2) ;;
            pgbench) has_postgresql pgbench || packages+=(postgresql-contrib) ;;
            *) has_postgresql "$tool" || packages+=(postgresql-client) ;;
        esac
    done
    [ ${#packages[@]} -gt 0 ] || return 0
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
    install_packages "${packages[@]}"
    # Not in a subshell: it sets JAVA_HOME.
    find_jdk || refuse_without_jdk
}

install_packages() {
    local root=() output cluster
    if ! command -v apt-get >/dev/null; then
        [ "$*" != jdk ] || refuse_without_jdk
        refuse "ERROR:  missing on this machine: $*" \
            "HINT:  Install what your system has under these names of Debian's, then run the same command again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            refuse_to_install "$@"
        fi
        root=(sudo -n)
    fi
    echo "Installing $* …" >&2
    output=$(mktemp)
    "${root[@]}" apt-get update >"$output" 2>&1 </dev/null || true
    local packages=() package
    for package in "$@"; do
        if [ "$package" = jdk ]; then
            package=$(jdk_package)
            [ -n "$package" ] || { rm -f "$output"; refuse_without_jdk; }
        fi
        packages+=("$package")
    done
    # pgbench comes in the server's package, which by default would create a server and start it.
    cluster=/etc/postgresql-common/createcluster.d/relevo-is-installing.conf
    "${root[@]}" mkdir -p "$(dirname "$cluster")"
    echo "create_main_cluster = false" | "${root[@]}" tee "$cluster" >/dev/null
    local status=0
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        "${packages[@]}" >>"$output" 2>&1 </dev/null || status=$?
    "${root[@]}" rm -f "$cluster"
    if [ $status -ne 0 ]; then
        cat "$output" >&2
        rm -f "$output"
        refuse "ERROR:  could not install ${packages[*]}" \
            "HINT:  Mend what apt-get says above, then run the same command again."
    fi
    rm -f "$output"
}

# The newest JDK package that this machine's sources have and that is new enough, if any.
jdk_package() {
    apt-cache --names-only search '^(openjdk-[0-9]+-jdk-headless|temurin-[0-9]+-jdk)$' |
        awk '{ split($1, part, "-"); if (part[2] >= 25) print part[2], $1 }' | sort -n | awk 'NR == 1 { print $2 }'
}

refuse_to_install() {
    local packages=("${@/#jdk/$(jdk_package)}")
    [[ " ${packages[*]} " != *"  "* ]] || refuse_without_jdk
    local hint="HINT:  Run: sudo apt-get update && sudo apt-get install --no-install-recommends ${packages[*]}"
    if [[ " $* " == *" postgresql-contrib "* ]]; then
        refuse "ERROR:  missing on this machine: ${packages[*]}" "$hint" \
            "postgresql-contrib holds pgbench, and also sets up a server on port 5432, which" \
            "\"sudo pg_dropcluster VERSION main --stop\" removes. A demo with --load jdbc does without."
    fi
    refuse "ERROR:  missing on this machine: ${packages[*]}" "$hint"
}
