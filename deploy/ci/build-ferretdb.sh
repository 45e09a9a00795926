#!/bin/sh
# Build FerretDB v1 (MongoDB's wire protocol on SQLite) for tests: build-ferretdb.sh OUTPUT
# Does nothing when OUTPUT exists, so that CI can cache it. See ferretdb/README.md.
set -eu

output=${1:?usage: build-ferretdb.sh OUTPUT}
[ -x "$output" ] && exit 0

case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")/ferretdb"
module=github.com/FerretDB/FerretDB
go mod download "$module"

source=$(mktemp -d)
trap 'chmod -R u+w "$source" && rm -rf "$source"' EXIT
cp -R "$(go list -m -f '{{.Dir}}' "$module")/." "$source"
chmod -R u+w "$source"
# A released module lacks the file that its program insists on; it only names the version.
go list -m -f '{{.Version}}' "$module" >"$source/build/version/version.txt"
cd "$source"
go build -o "$output" ./cmd/ferretdb
