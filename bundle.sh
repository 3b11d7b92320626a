#!/usr/bin/env bash
# Builds mirrorwatch.zip, the code of every Lambda function: the same bytes on each run. Options are those of scripts/bundle.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [[ ! -d node_modules/esbuild ]]; then
  npm ci --ignore-scripts --no-audit --no-fund >&2
fi
exec node scripts/bundle.mjs "$@"
