#!/usr/bin/env bash
# Starts a lab, which is a local AWS endpoint whose script is the argument, and runs the AWS tests against it.
set -euo pipefail
cd "$(dirname "$0")/.."
lab=$1
port=${2:-5055}
log=$(mktemp)
python3 "$lab" --port "$port" >"$log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  if grep -q '^awslab:' "$log"; then break; fi
  if ! kill -0 "$pid" 2>/dev/null; then
    cat "$log"
    exit 1
  fi
  sleep 0.2
done
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
MIRRORWATCH_LAB=$(dirname "$lab") npm run test:aws
