# Keeps the shared test cluster until nobody has used it for a while, then deletes it.
# testkit::db starts this script detached, because no single test binary lives as long as the cluster.
#
# $1    a file that every test process touches while it lives
# $2    minutes without a touch after which the cluster ends
# $3    the data folder, deleted at the end
# rest  the server's command line
stamp=$1 minutes=$2 data=$3
shift 3

trap '' HUP
"$@" &
server=$!
pause=5
nap=
trap 'pause=0.1; kill $nap 2>/dev/null' TERM INT

while kill -0 "$server" 2>/dev/null; do
    if [ -z "$(find "$stamp" -mmin "-$minutes" 2>/dev/null)" ]; then
        pause=0.1
    fi
    # Repeated, because a server that is only just starting does not listen yet.
    if [ "$pause" = 0.1 ]; then
        kill -INT "$server" 2>/dev/null
    fi
    # Waiting for a child, unlike sleeping, is interrupted by the trap above.
    sleep "$pause" &
    nap=$!
    wait "$nap"
done

wait
rm -rf -- "$data"
