# bash completion for mirrorwatch
_mirrorwatch() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
    ' scan'|' events'|' audit'|' timeline'|' mirror'|'mirror plan'|'mirror apply'|'mirror explain'|' watch'|' report'|' verify'|' snapshot'|' doctor'|' rules'|'rules list'|'rules show'|'rules test'|' config'|'config validate'|'config init'|'config schema'|' completion') path="${path:+$path }${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
    'scan --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --threads') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --checkpoint') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --mail') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan -o'|'scan --output') COMPREPLY=($(compgen -W 'asff csv html json jsonl junit markdown ocsf sarif table' -- "$cur")); return ;;
    'scan --ocsf-version') COMPREPLY=($(compgen -W '1.5.0 1.6.0 1.7.0 1.8.0' -- "$cur")); return ;;
    'scan --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'scan --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --older-snapshot') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'scan --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --event-name') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --event-source') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --instance') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --actor') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --threads') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --checkpoint') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'events -o'|'events --output') COMPREPLY=($(compgen -W 'jsonl' -- "$cur")); return ;;
    'events --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --as-of') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --threads') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --mail') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit -o'|'audit --output') COMPREPLY=($(compgen -W 'asff csv html json jsonl junit markdown ocsf sarif table' -- "$cur")); return ;;
    'audit --ocsf-version') COMPREPLY=($(compgen -W '1.5.0 1.6.0 1.7.0 1.8.0' -- "$cur")); return ;;
    'audit --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'audit --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --older-snapshot') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'audit --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --threads') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline -o'|'timeline --output') COMPREPLY=($(compgen -W 'csv json table' -- "$cur")); return ;;
    'timeline --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --older-snapshot') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'timeline --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan --only') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan --max-moves') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan -o'|'mirror plan --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'mirror plan --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'mirror plan --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror plan --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --only') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --max-moves') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --save') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply -o'|'mirror apply --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'mirror apply --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'mirror apply --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror apply --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror explain --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror explain -o'|'mirror explain --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'mirror explain --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'mirror explain --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror explain --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'mirror explain --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --queue') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --folder') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --serve') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --mail') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --save') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'watch --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --accounts') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --diff') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --evidence') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --verify') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'report -o'|'report --output') COMPREPLY=($(compgen -W 'asff csv html json jsonl junit markdown ocsf sarif table' -- "$cur")); return ;;
    'report --ocsf-version') COMPREPLY=($(compgen -W '1.5.0 1.6.0 1.7.0 1.8.0' -- "$cur")); return ;;
    'report --fail-on') COMPREPLY=($(compgen -W 'low medium high critical' -- "$cur")); return ;;
    'report --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --keys') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --accounts') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'verify -o'|'verify --output') COMPREPLY=($(compgen -W 'json jsonl table' -- "$cur")); return ;;
    'verify --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'snapshot --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'snapshot --account') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'snapshot --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'doctor --regions') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'doctor --queue') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'doctor --ledger') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'doctor -o'|'doctor --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'doctor --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules list -o'|'rules list --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'rules list --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules show -o'|'rules show --output') COMPREPLY=($(compgen -W 'json table' -- "$cur")); return ;;
    'rules show --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --pattern') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --name') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --since') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --until') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --threads') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --checkpoint') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
    'rules test -o'|'rules test --output') COMPREPLY=($(compgen -W 'jsonl table' -- "$cur")); return ;;
    'config validate --config') COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  if [[ $cur == -* ]]; then
    case $path in
      '') COMPREPLY=($(compgen -W '-V --version -h --help' -- "$cur")) ;;
      'scan') COMPREPLY=($(compgen -W '--since --until --follow --threads --checkpoint --verify --keys --mail -o --output --show-muted --include-pass --ocsf-version --excel --fail-on -z --exit-zero --account --older-snapshot --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'events') COMPREPLY=($(compgen -W '--event-name --event-source --instance --actor --errors --unique --since --until --follow --threads --checkpoint --verify --keys -o --output --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'audit') COMPREPLY=($(compgen -W '--as-of --follow --threads --live --verify --keys --regions --mail -o --output --show-muted --include-pass --ocsf-version --excel --fail-on -z --exit-zero --account --older-snapshot --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'timeline') COMPREPLY=($(compgen -W '--since --until --follow --threads --verify --keys --regions -o --output --account --older-snapshot --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'mirror') COMPREPLY=($(compgen -W '-h --help' -- "$cur")) ;;
      'mirror plan') COMPREPLY=($(compgen -W '--regions --only --cleanup --rebalance --max-moves -o --output --fail-on -z --exit-zero --account --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'mirror apply') COMPREPLY=($(compgen -W '--regions --only --cleanup --rebalance --max-moves --save -o --output --fail-on -z --exit-zero --account --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'mirror explain') COMPREPLY=($(compgen -W '--regions -o --output --fail-on -z --exit-zero --account --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'watch') COMPREPLY=($(compgen -W '--queue --folder --once --serve --serve-any-host --mail --save --account --ledger --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'report') COMPREPLY=($(compgen -W '--ledger --since --until --accounts --regions --diff --evidence --verify --keys --follow --push-security-hub -o --output --show-muted --include-pass --ocsf-version --excel --fail-on -z --exit-zero --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'verify') COMPREPLY=($(compgen -W '--keys --since --until --follow --regions --accounts --ledger -o --output -z --exit-zero --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'snapshot') COMPREPLY=($(compgen -W '--regions --account --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'doctor') COMPREPLY=($(compgen -W '--regions --queue --ledger -o --output --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'rules') COMPREPLY=($(compgen -W '-h --help' -- "$cur")) ;;
      'rules list') COMPREPLY=($(compgen -W '-o --output --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'rules show') COMPREPLY=($(compgen -W '-o --output --config --quiet --json-logs -h --help' -- "$cur")) ;;
      'rules test') COMPREPLY=($(compgen -W '--pattern --explain --name --since --until --follow --threads --checkpoint --config --quiet --json-logs -o --output -h --help' -- "$cur")) ;;
      'config') COMPREPLY=($(compgen -W '-h --help' -- "$cur")) ;;
      'config validate') COMPREPLY=($(compgen -W '--config --quiet --json-logs -h --help' -- "$cur")) ;;
      'config init') COMPREPLY=($(compgen -W '--rules -h --help' -- "$cur")) ;;
      'config schema') COMPREPLY=($(compgen -W '-h --help' -- "$cur")) ;;
      'completion') COMPREPLY=($(compgen -W '-h --help' -- "$cur")) ;;
    esac
    return
  fi
  case $path in
    '') COMPREPLY=($(compgen -W 'scan events audit timeline mirror watch report verify snapshot doctor rules config completion help' -- "$cur")) ;;
    'mirror') COMPREPLY=($(compgen -W 'plan apply explain help' -- "$cur")) ;;
    'rules') COMPREPLY=($(compgen -W 'list show test help' -- "$cur")) ;;
    'config') COMPREPLY=($(compgen -W 'validate init schema help' -- "$cur")) ;;
    'completion') COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _mirrorwatch mirrorwatch
