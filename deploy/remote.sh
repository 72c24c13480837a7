# shellcheck shell=sh
# Read by deploy and rollback: how the machines are reached. Each line of the environment is named in docs/operating.md.
#
#   DEPLOY_HOSTS        the machines, separated by spaces, such as ec2-user@wallet-1.example
#   DEPLOY_SSH_KEY      the private key itself; without it, the keys that ssh finds are used
#   DEPLOY_KNOWN_HOSTS  the machines' public keys, as in known_hosts; without it, the known_hosts that ssh finds
#   DEPLOY_FOLDER       on the machines, /srv/wallet where nothing is said
#   DRY_RUN             1: print what would be done, and reach nobody

DEPLOY_FOLDER=${DEPLOY_FOLDER:-/srv/wallet}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Keys come as text from a store of secrets; ssh wants files that nobody else can read.
prepare_ssh() {
    [ -n "${DEPLOY_HOSTS:-}" ] || fail "DEPLOY_HOSTS is not set: name the machines, separated by spaces."
    for host in $DEPLOY_HOSTS; do
        case $host in -* | *[!A-Za-z0-9.:@_-]*) fail "$host is no name of a machine." ;; esac
    done
    case $DEPLOY_FOLDER in /*[!A-Za-z0-9./_-]* | [!/]*) fail "DEPLOY_FOLDER is no plain absolute path." ;; esac
    umask 077
    keys=$(mktemp -d)
    trap 'rm -rf "$keys"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Never asks anything, and never trusts a machine that it does not know.
    ssh_options="-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=15 -o ServerAliveInterval=15"
    if [ -n "${DEPLOY_SSH_KEY:-}" ]; then
        printf '%s\n' "$DEPLOY_SSH_KEY" >"$keys/key"
        ssh_options="$ssh_options -o IdentitiesOnly=yes -i $keys/key"
    fi
    if [ -n "${DEPLOY_KNOWN_HOSTS:-}" ]; then
        printf '%s\n' "$DEPLOY_KNOWN_HOSTS" >"$keys/known_hosts"
        ssh_options="$ssh_options -o UserKnownHostsFile=$keys/known_hosts"
    fi
}

on_machine() { # HOST COMMAND: standard input goes along
    if [ "${DRY_RUN:-}" = 1 ]; then
        printf '+ ssh %s %s\n' "$1" "$2"
        return
    fi
    # shellcheck disable=SC2029,SC2086 # the command is whole here, and the options are to be split
    ssh $ssh_options "$1" "$2"
}
