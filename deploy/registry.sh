# shellcheck shell=sh
# Read by build and deploy: where an image is from.

# What stands before the first slash, if it can be the name of a host at all.
registry_of() { # IMAGE
    registry=${1%%/*}
    case $registry in
    "$1") printf docker.io ;;
    *.* | *:* | localhost) printf '%s' "$registry" ;;
    *) printf docker.io ;;
    esac
}
