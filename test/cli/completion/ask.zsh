# Types each line and a Tab into another zsh, and prints the line as it is then. Arguments: a folder, what sets completion up, the lines.
# In the other zsh Ctrl-X prints the line. It waits for what it expects, not for a time.
zmodload zsh/zpty
seen=
until_seen() {
  local out i
  for ((i = 0; i < 300; i++)); do
    [[ $seen == *$1* ]] && return
    if zpty -r -t asked out; then seen+=$out; else sleep 0.05; fi
  done
  print -r -- "waited in vain for $1 in $seen"
  exit 1
}
zpty asked 'zsh -f -i'
zpty -w asked "PS1=; cd $1/work; fpath=($1/functions \$fpath); $2"
zpty -w asked 'show() { print -r -- "LINE[$BUFFER]END"; BUFFER= }; zle -N show; bindkey "^X" show; bindkey "^I" complete-word'
zpty -w asked "unsetopt zle_bracketed_paste; print REA''DY"
until_seen READY
shift 2
for line; do
  seen=
  zpty -w -n asked "$line"$'\t\x18'
  until_seen ']END'
  seen=${seen##*LINE\[}
  print -r -- "${seen%%\]END*}"
done
zpty -d asked
