#!/usr/bin/env bash
# Builds mirrorwatch.zip, the code of every Lambda function. Every run writes the same bytes. Takes the options of scripts/bundle.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [[ ! -d node_modules/esbuild ]]; then
  npm ci --ignore-scripts --no-audit --no-fund >&2
fi
exec node --import tsx scripts/bundle.mjs "$@"
