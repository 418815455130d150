# Cleans up after a lab. Runs in the lab's directory, with a pipe from the lab as standard input.
# At the end of input (the lab was closed, or its process died in whatever way) it ends every server
# and load at work in the directory, then removes it. /proc/PID/cmdline is the one thing that root
# may read of another account's processes also in a container without CAP_SYS_PTRACE.
# Process ids are to be split, and grep has no pattern on its command line.
# shellcheck shell=sh disable=SC2086,SC2062
trap '' HUP INT TERM
dir=$(pwd -P)

pids() {
    printf '%s/\n' "$dir" | grep -lsaFf - /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
        # Somebody who reads a log here is left alone.
        case $(cat "/proc/$pid/comm" 2>/dev/null) in
            postgres | initdb | pg_ctl | pgbench | setpriv | runuser | sh | java) echo "$pid" ;;
        esac
    done
}

# Relevo's own, which would wait for its servers, and answer SIGQUIT with a list of its threads.
end_relevo() {
    for pid in $left; do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != java ] || kill -KILL "$pid" 2>/dev/null
    done
}

cat >/dev/null

# SIGQUIT is a postmaster's immediate shutdown: it ends its children and frees its shared memory.
# SIGCONT is for one that a test has stopped.
round=0
while
    left=$(pids)
    [ -n "$left" ] || [ -e "$dir" ]
do
    if [ -n "$left" ]; then
        end_relevo
        if [ $round -lt 70 ]; then
            [ $((round % 10)) -ne 0 ] || kill -QUIT $left 2>/dev/null
            kill -CONT $left 2>/dev/null
        else
            kill -KILL $left 2>/dev/null
        fi
        sleep 0.1
    else
        cd /
        rm -rf "$dir"
    fi
    round=$((round + 1))
    [ $round -lt 150 ] || exit 1
done
