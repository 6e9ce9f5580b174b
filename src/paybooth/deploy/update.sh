#!/bin/sh
# A new Paybooth on this box, in stages: install beside the old one, save the shop, try the new one on the saved copy,
# switch, and go back by itself when the shop does not turn green. As root:
#
#   update.sh paybooth-0.2.0-py3-none-any.whl      wheels of its dependencies may lie in `wheels/` beside it (no internet)
#   update.sh --rollback                           back to the version before
#   update.sh --rollback --discard-sales           the same, when the new version has moved the ledger to a schema of its
#                                                  own: what was sold since the update is then only in the folder set aside
#
# Exit: 0 done · 1 not done, the shop runs as before · 2 wrong call · 3 the shop does not run, somebody has to look
set -eu
umask 022

root=${PAYBOOTH_ROOT:-/opt/paybooth}
config=${PAYBOOTH_CONFIG:-@CONFIG@}
backups=${PAYBOOTH_BACKUPS:-@BACKUPS@}
service=${PAYBOOTH_SERVICE:-paybooth}
user=${PAYBOOTH_USER:-paybooth}
python=${PYTHON:-python3}
wait_s=${PAYBOOTH_WAIT_S:-60}
stamp=$(date -u +%Y%m%dT%H%M%SZ)

say() { echo "update: $*"; }
fail() { # CODE TEXT
  code=$1
  shift
  echo "update: $*" >&2
  exit "$code"
}

# The shop's files belong to its user: root must leave none of its own among them.
as_user() {
  if [ "$(id -u)" = 0 ] && id "$user" >/dev/null 2>&1; then
    runuser -u "$user" -- "$@"
  else
    "$@"
  fi
}

# learn VERSION: what that version says of itself and of the shop, as url, data, schema (of the ledger) and knows
learn() {
  told=$(as_user "$root/$1/bin/paybooth" about --config "$config") || fail 1 "$1 cannot read $config"
  told=$(echo "$told" | "$root/$1/bin/python" -c '
import json, sys
told = json.load(sys.stdin)
for key in ("url", "data", "schema", "knows"):
    print(told[key] if told[key] is not None else 0)
')
  url=$(echo "$told" | sed -n 1p)
  data=$(echo "$told" | sed -n 2p)
  schema=$(echo "$told" | sed -n 3p)
  knows=$(echo "$told" | sed -n 4p)
}

# is_green VERSION: whether the shop is open, and it is that version which answers
is_green() {
  "$root/$1/bin/python" - "$url" "$1" <<'PYTHON'
import json, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    with opener.open(sys.argv[1] + "/healthz", timeout=3) as answer:
        found = json.load(answer)
except (OSError, ValueError):
    sys.exit(1)
sys.exit(0 if found.get("ok") and found.get("version") == sys.argv[2] else 1)
PYTHON
}

wait_green() { # VERSION
  waited=0
  until is_green "$1"; do
    waited=$((waited + 1))
    [ "$waited" -le "$wait_s" ] || return 1
    sleep 1
  done
}

# One name that always points at a whole installation: a rename replaces it in one step.
point() { # NAME VERSION
  rm -f "$root/$1.new"
  ln -s "$2" "$root/$1.new"
  mv -T "$root/$1.new" "$root/$1"
}

# go_back FROM TO BACKUP: the old program, and the old data where it cannot read the new. After `learn TO`.
go_back() {
  systemctl stop "$service" || true
  point current "$2"
  if [ "$schema" -gt "$knows" ]; then
    [ -f "$3" ] || fail 3 "the ledger has schema $schema, $2 cannot read it, and the backup $3 is not there"
    aside="$data.of-$1-$stamp"
    say "the ledger has a schema that $2 does not know: restoring $3; what was there is kept in $aside"
    work=$(as_user mktemp -d "$backups/.restore-XXXXXX")
    as_user "$root/$2/bin/paybooth" restore "$3" --to "$work/config" --data "$work/data" || {
      point current "$1"
      fail 3 "the backup $3 cannot be restored; nothing was moved, $1 is in place again and stands still"
    }
    mv "$data" "$aside"
    mkdir -m 700 "$data"
    [ "$(id -u)" != 0 ] || chown --reference="$aside" "$data"
    as_user cp -Rp "$work/data/." "$data/"
    sync "$data"
  fi
  systemctl restart "$service" || true
  wait_green "$2" || fail 3 "$2 does not turn green either: journalctl -u $service"
}

roll_back() { # by hand
  [ -L "$root/previous" ] || fail 2 "there is no version to go back to"
  to=$(readlink "$root/previous")
  backup=$(cat "$root/$now/saved-as" 2>/dev/null || true)
  learn "$to"
  if [ "$schema" -gt "$knows" ] && [ "${1:-}" != --discard-sales ]; then
    fail 2 "$now has moved the ledger to schema $schema, which $to cannot read. Going back means the data of" \
      "$backup; what was sold since is then only in a folder set aside. If that is what you want: --discard-sales"
  fi
  go_back "$now" "$to" "$backup"
  rm -f "$root/previous"
  say "back at $to; it is green"
}

# ---------------------------------------------------------------- begin

case ${1:-} in
  --rollback) [ $# -eq 1 ] || [ "$2" = --discard-sales ] || fail 2 "$2 is no option" ;;
  *.whl) [ $# -eq 1 ] && [ -f "$1" ] || fail 2 "there is no file $1, or something more was said" ;;
  *) fail 2 "say which wheel: update.sh paybooth-VERSION-py3-none-any.whl, or --rollback" ;;
esac
mkdir -p "$root"
mkdir "$root/.updating" 2>/dev/null ||
  fail 1 "another update is under way; if none is, a power cut ended one: rmdir $root/.updating"
work=
trap 'rmdir "$root/.updating"; [ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
now=
[ ! -L "$root/current" ] || now=$(readlink "$root/current")

if [ "$1" = --rollback ]; then
  [ -n "$now" ] || fail 2 "nothing is installed in $root"
  roll_back "${2:-}"
  exit 0
fi

wheel=$1
version=$(basename "$wheel" | sed -n 's/^paybooth-\([0-9][0-9A-Za-z.+]*\)-.*\.whl$/\1/p')
[ -n "$version" ] || fail 2 "$wheel is not named like a wheel of Paybooth"
[ "$version" != "$now" ] || fail 2 "$version is what runs already"

# 1. beside the old one; nothing of the running shop is touched
say "installing $version"
rm -rf "${root:?}/$version"
drop() {
  rm -rf "${root:?}/$version"
  fail 1 "$*. Nothing was changed${now:+, $now runs on}"
}
"$python" -m venv "$root/$version" || drop "no environment could be made"
if [ -d "$(dirname "$wheel")/wheels" ]; then
  "$root/$version/bin/pip" install -q --no-index --find-links "$(dirname "$wheel")/wheels" "$wheel" ||
    drop "the wheel could not be installed"
else
  "$root/$version/bin/pip" install -q "$wheel" || drop "the wheel could not be installed"
fi

if [ -z "$now" ]; then
  point current "$version"
  say "$version is installed. Next: $root/current/bin/paybooth init --help"
  exit 0
fi

# 2. save the shop, beside the running shop
learn "$now"
backup="$backups/before-$version-$stamp.tar.gz"
as_user "$root/$now/bin/paybooth" backup "$backup" --config "$config" || drop "the shop could not be saved"

# 3. the new one on a copy: its configuration, its schema, its fsck
as_user "$root/$version/bin/paybooth" check-config --config "$config" || drop "$version does not take $config"
work=$(as_user mktemp -d "$backups/.trial-XXXXXX")
as_user "$root/$version/bin/paybooth" restore "$backup" --to "$work/shop" || drop "$version finds faults in a copy of the shop"
rm -rf "$work"
work=

# 4. switch
echo "$backup" >"$root/$version/saved-as"
point previous "$now"
point current "$version"
say "starting $version"
systemctl restart "$service" || true
if wait_green "$version"; then
  say "$version is green; $now stays for: update.sh --rollback"
  exit 0
fi

# 5. back
say "$version does not turn green within $wait_s s: going back to $now"
systemctl stop "$service" || true
learn "$now"
go_back "$version" "$now" "$backup"
rm -f "$root/previous"
fail 1 "$version did not turn green; $now runs again. Why: journalctl -u $service"
