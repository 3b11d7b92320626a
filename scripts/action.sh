#!/usr/bin/env bash
# The steps of action.yml: `install`, `audit`, `scan` and `verdict`. Inputs come as variables of the environment and are never part of a
# command's text. Reports go to $RUNNER_TEMP/mirrorwatch, one folder for each command.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$RUNNER_TEMP/mirrorwatch
# GitHub drops a summary of more than this.
most_summary_bytes=1048576

fail() {
  printf '::error title=Mirrorwatch::%s\n' "$1"
  exit 1
}

# Builds the program from the lock, without install scripts. What an earlier use in the same job left must not be taken for a result.
install() {
  rm -rf "$results"
  cd "$here" && npm ci --ignore-scripts --no-audit --no-fund && node scripts/build.mjs
}

# The formats as -o options, one a line. A name with anything but letters could be a path.
outputs() {
  local format
  for format in sarif junit markdown ${FORMATS//,/ }; do
    [[ $format =~ ^[a-z]+$ ]] || return 1
    printf '%s\n' "$format"
  done | sort -u
}

# Runs `audit` or `scan` and keeps its exit code for the verdict.
judge() {
  local command=$1 code format formats path folder=$results/$1 token args=() paths=()
  set -f
  mkdir -p "$folder"
  formats=$(outputs) || fail 'formats: names of formats, with commas between them'
  while IFS= read -r format; do args+=(-o "$format=$folder/$command.$format"); done <<<"$formats"
  if [ "$FAIL_ON" = none ]; then args+=(--exit-zero); else args+=("--fail-on=$FAIL_ON"); fi
  [ -z "$CONFIG" ] || args+=("--config=$CONFIG")
  args+=("--account=${SNAPSHOT:-none}")
  if [ "$command" = scan ]; then
    while IFS= read -r path; do [ -z "$path" ] || paths+=("$path"); done <<<"$LOGS"
  fi
  # Records can hold lines that the runner would take for its commands.
  token=$(node -p "crypto.randomBytes(16).toString('hex')")
  printf '::stop-commands::%s\n' "$token"
  node "$here/dist/cli.js" "$command" "${args[@]}" -o table -- ${paths[@]+"${paths[@]}"} 2>&1
  code=$?
  printf '\n::%s::\n' "$token"
  printf '%s\n' "$code" >"$folder/exit-code"
  if [ -f "$folder/$command.sarif" ]; then printf 'sarif=%s\n' "$folder/$command.sarif" >>"$GITHUB_OUTPUT"; fi
  summarise "$folder/$command.markdown" "$command" "$code"
}

summarise() {
  local report=$1
  if [ -f "$report" ] && [ "$(wc -c <"$report")" -lt "$most_summary_bytes" ]; then
    cat "$report" >>"$GITHUB_STEP_SUMMARY"
  else
    printf '**Mirrorwatch %s: no report that can be shown here (exit code %s).** See the log of the step.\n' "$2" "$3" >>"$GITHUB_STEP_SUMMARY"
  fi
}

# Passes only if each command that was asked for ended with 0. The worst code wins: 1, then 2, then 3.
verdict() {
  local command code worst=0
  for command in ${SNAPSHOT:+audit} ${LOGS:+scan}; do
    code=$(cat "$results/$command/exit-code" 2>/dev/null)
    case $code in
    0) ;;
    3) [ "$worst" -ne 0 ] || worst=3 ;;
    2) [ "$worst" -eq 1 ] || worst=2 ;;
    *) worst=1 ;;
    esac
  done
  [ -n "$SNAPSHOT$LOGS" ] || fail 'give a snapshot, logs or both: nothing was judged'
  printf 'exit-code=%s\n' "$worst" >>"$GITHUB_OUTPUT"
  case $worst in
  3) printf '::error title=Mirrorwatch::There are open findings at or above the severity of fail-on.\n' ;;
  2) printf '::error title=Mirrorwatch::Something could not be read or judged, so this is no all-clear.\n' ;;
  1) printf '::error title=Mirrorwatch::Mirrorwatch could not run. See the log of the step before.\n' ;;
  esac
  return "$worst"
}

case $1 in
install) install ;;
audit | scan) judge "$1" ;;
verdict) verdict ;;
*) fail 'no such step' ;;
esac
