#!/bin/sh
# Brings a checkout up to date: the packages of the lock file, and a build that is newer than every source.
set -eu
cd "$(dirname "$0")/.."
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
  echo 'installing packages…' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
if ! [ -e dist/syncshift.js ] || [ -n "$(find bin lib lambdas scripts package.json -type f -newer dist/syncshift.js)" ]; then
  node scripts/build.ts >&2
fi
