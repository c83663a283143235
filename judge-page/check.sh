#!/bin/sh
# The second verifier: types, bundles and tests. Where Node or its packages are not there, it says so.
set -eu
cd "$(dirname "$0")"

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null; then
    echo "skipped: judge-page needs Node 20 or later"
    exit 0
fi
if ! npm ci --silent; then
    echo "skipped: the packages of judge-page cannot be installed"
    exit 0
fi
npm run --silent check
npm run --silent build
npm test --silent
