#!/bin/sh
# A stand-in for rladmin, written from the vendor's documentation alone. It shares no code with the product or its simulator.
#
#   rladmin.sh STATE_FOLDER <arguments of rladmin>
#
# The state folder holds one file per table, fields separated by "|":
#   nodes      id role address external hostname shards cores version status rack quorum-only
#   databases  id name type module status shards mode policy oss exec_state exec_machine
#   endpoints  id policy suffix nodes-joined-by-commas
#   shards     id database node role slots status
# a log of every call (arguments separated by tabs), and a folder "quirks": a file per quirk, its content is the value.
#   layout              compact | stretched | glued
#   ansi, crlf, columns (extra), order (reversed), wide, indent (2|3|4), header-case (lower)
#   status, status-extra, info-db, info-cluster, info-node, running-actions
#                       unsupported | hang | garbage | empty | ignored (status-extra) | flaky (fails the first time)
#   status-after-write  the same, from the first write on
#   bind, tune-distributed, tune-centralized
#                       refused | usage | no-effect | silent | error-but-applied | hang-before | hang-after | killed | stderr
#                       | prompt | one-node (bind)
#   slow-<any of these> seconds to wait before answering
#   before-<a write>, after-<a write>
#                       lines "table|id|column|value": what somebody else changes right before or after that write
#   mode-back-after, policy-back-after   number of reads after which the write undoes itself
#   task, upgrade-mode, no-mode, info-name, info-policy, other-block
set -u
state=${1:?state folder}
shift
tab=$(printf '\t')

line=
for argument in "$@"; do line="$line${line:+$tab}$argument"; done
printf '%s\n' "$line" >> "$state/log"

has() { [ -e "$state/quirks/$1" ]; }
quirk() { if has "$1"; then cat "$state/quirks/$1"; fi; }

fail() {
  printf 'ERROR: %s\n' "$1"
  exit 1
}

usage() {
  printf 'Invalid syntax. Usage:\n  rladmin bind [db { db:<id> | <name> }] endpoint <id> policy { single | all-master-shards | all-nodes }\n'
  exit 1
}

# One writer at a time: calls about two databases may run side by side.
rewrite() { # table awk-arguments…
  file=$state/$1
  shift
  tries=0
  until mkdir "$state/writing" 2> /dev/null || [ $tries -ge 200 ]; do
    tries=$((tries + 1))
    sleep 0.02
  done
  awk -F'|' -v OFS='|' "$@" "$file" > "$file.$$" && mv "$file.$$" "$file"
  rmdir "$state/writing"
}

set_cell() { # table id column value
  rewrite "$1" -v id="$2" -v column="$3" -v value="$4" '$1 "" == id "" { $column = value } { print }'
}

set_endpoint() { # id policy nodes
  rewrite endpoints -v id="$1" -v policy="$2" -v nodes="$3" '$1 "" == id "" { $2 = policy; $3 = ""; $4 = nodes } { print }'
}

cell() { # table id column value
  awk -F'|' -v OFS='|' -v id="$2" -v column="$3" -v value="$4" '$1 "" == id "" { $column = value } { print }' \
    "$state/$1" > "$state/$1.$$" && mv "$state/$1.$$" "$state/$1"
}

cell() { # table id column
  awk -F'|' -v id="$2" -v column="$3" '$1 "" == id "" { print $column }' "$state/$1"
}

# Prints a table: the first line of stdin holds the titles, the others the rows.
table() { # title single?
  awk -F'|' -v title="$1" -v single="$2" -v layout="$(quirk layout)" -v ansi="$(quirk ansi)" -v order="$(quirk order)" -v wide="$(quirk wide)" '
    function pad(text, width) { while (length(text) < width) text = text " "; return text }
    function paint(text, width, column,   blanks) {
      if (ansi == "" || text == "") return pad(text, width)
      blanks = pad("", width - length(text))
      if (NRow == 1) return "\033[1m" text "\033[0m" blanks
      if (titles[column] == "SHARDS" || titles[column] == "STATUS" || titles[column] == "ROLE") return "\033[33;1m" text "\033[0m" blanks
      return text blanks
    }
    { rows = NR; columns = (NR == 1) ? NF : columns
      for (i = 1; i <= columns; i++) { cells[NR, i] = $i; if (NR == 1) titles[i] = $i; if (length($i) > widths[i]) widths[i] = length($i) } }
    END {
      gap = (layout == "stretched") ? 7 : 1
      if (layout == "glued") printf "%s", title ":"
      else if (!(layout == "stretched" && single)) printf "%s:\n", title
      for (NRow = 1; NRow <= rows; NRow++) {
        text = ""
        for (k = 1; k <= columns; k++) {
          column = (k == 1 || order == "") ? k : columns + 2 - k
          width = widths[column]
          if (titles[column] == "NAME" && wide != "" && width < 63) width = 63
          text = text paint(cells[NRow, column], width + ((k < columns) ? gap : 0), column)
        }
        print text
      }
    }'
}

status_nodes() { # all? single?
  awk -F'|' -v OFS='|' -v all="$1" -v more="$(quirk columns)" '
    BEGIN {
      head = "NODE:ID|ROLE|ADDRESS|EXTERNAL_ADDRESS|HOSTNAME"
      if (all) head = head "|MASTERS|SLAVES|OVERBOOKING_DEPTH"
      head = head "|SHARDS|CORES|FREE_RAM|PROVISIONAL_RAM|VERSION"
      if (all) head = head "|SHA"
      if (all || more != "") head = head "|RACK-ID"
      print head "|STATUS"
    }
    {
      row = (NR == 1 ? "*" : "") "node:" $1 "|" $2 "|" $3 "|" $4 "|" $5
      if (all) row = row "|1|1|12.1GB"
      row = row "|" $6 "|" $7 "|21.4GB/30.9GB|" ($6 == "0/0" ? "0KB/0KB" : "17.02GB/25.3GB") "|" $8
      if (all) row = row "|9f1c2d"
      if (all || more != "") row = row "|" ($10 == "" ? "-" : $10)
      print row "|" $9
    }' "$state/nodes" | table 'CLUSTER NODES' "$2"
}

status_databases() {
  awk -F'|' -v OFS='|' -v all="$1" -v more="$(quirk columns)" '
    BEGIN {
      head = "DB:ID|NAME|TYPE" (more != "" ? "|MODULE" : "") "|STATUS|SHARDS|PLACEMENT|REPLICATION|PERSISTENCE|ENDPOINT"
      if (all) head = head "|EXEC_STATE|EXEC_STATE_MACHINE|BACKUP_PROGRESS|MISSING_BACKUP_TIME|REDIS_VERSION"
      print head
    }
    {
      row = "db:" $1 "|" $2 "|" $3 (more != "" ? "|" $4 : "") "|" $5 "|" $6 "|sparse|enabled|aof|redis-" (13000 + $1) ".rs-a.example.net:" (13000 + $1)
      if (all) row = row "|" ($10 == "" ? "N/A" : $10) "|" ($11 == "" ? "N/A" : $11) "|N/A|N/A|7.4.3"
      print row
    }' "$state/databases" | table DATABASES "$2"
}

status_endpoints() {
  awk -F'|' -v OFS='|' -v all="$1" -v more="$(quirk columns)" -v only="${3:-}" '
    BEGIN { print "DB:ID|NAME|ID|NODE|ROLE|SSL" ((all || more != "") ? "|WATCHDOG_STATUS" : "") }
    FILENAME == ARGV[1] { names[$1] = $2; next }
    {
      split($1, id, ":")
      if (only != "" && only != "db:" id[1]) next
      count = split($4, nodes, ",")
      # The order of rows is not stable between calls.
      for (i = count; i >= 1; i--)
        print "db:" id[1] "|" names[id[1]] "|endpoint:" $1 "|node:" nodes[i] "|" $2 ($3 == "" ? "" : " " $3) "|No" ((all || more != "") ? "|OK" : "")
    }' "$state/databases" "$state/endpoints" | table ENDPOINTS "$2"
}

status_shards() {
  awk -F'|' -v OFS='|' -v all="$1" -v more="$(quirk columns)" -v only="${3:-}" '
    BEGIN { print "DB:ID|NAME|ID|NODE|ROLE|SLOTS|USED_MEMORY" (all ? "|BACKUP_PROGRESS|RAM_FRAG" : "") ((all || more != "") ? "|WATCHDOG_STATUS" : "") "|STATUS" }
    FILENAME == ARGV[1] { names[$1] = $2; next }
    only == "" || only == "db:" $2 {
      print "db:" $2 "|" names[$2] "|redis:" $1 "|node:" $3 "|" $4 "|" $5 "|412.6MB" (all ? "|N/A|1.04" : "") ((all || more != "") ? "|OK" : "") "|" $6
    }' "$state/databases" "$state/shards" | table SHARDS "$2"
}

# `policy-back-after`: the policy goes back by itself, as when another controller owns it.
count_down() { # quirk
  left=$(quirk "$1")
  if [ "$left" -gt 0 ]; then
    printf '%s' $((left - 1)) > "$state/quirks/$1"
    return 1
  fi
}

answer_of() { # quirk of a read: returns when it answers normally
  value=$(quirk "$1")
  if [ "$value" = flaky ]; then
    rm -f "$state/quirks/$1"
    value=unsupported
  fi
  case $value in
    unsupported) fail 'unrecognized arguments' ;;
    hang) sleep 600 ;;
    garbage) printf 'CCS ERROR: cannot read the configuration store\n'; exit 0 ;;
    empty) exit 0 ;;
  esac
}

slow() { if has "slow-$1"; then sleep "$(quirk "slow-$1")"; fi; }

show_status() {
  all=
  single=
  which=all
  only=
  case ${1:-} in nodes | databases | endpoints | shards) which=$1; single=1; shift ;; esac
  while [ $# -gt 0 ]; do
    case $1 in
      extra)
        all=1
        slow status-extra
        if [ "$(quirk status-extra)" = ignored ]; then all=; else answer_of status-extra; fi
        shift 2
        ;;
      db) only=$2; shift 2 ;;
      *) usage ;;
    esac
  done
  slow status
  answer_of status
  if [ -e "$state/written" ]; then answer_of status-after-write; fi
  if [ -e "$state/bound" ] && has policy-back-after && count_down policy-back-after; then
    endpoint=$(cat "$state/bound")
    set_endpoint "$endpoint" single "$(cell endpoints "$endpoint" 4 | cut -d, -f1)"
  fi
  if [ -z "$single" ] && [ -n "$all" ]; then
    printf 'CLUSTER:\nOK. Cluster master: 1 (10.20.0.11)\nCluster health: OK, [0, 0.0, 0.0]\nfailures/minute - avg1 0.00, avg15 0.00, avg60 0.00.\n\n'
  fi
  case $which in
    all)
      status_nodes "$all" ''
      printf '\n'
      status_databases "$all" ''
      printf '\n'
      status_endpoints "$all" ''
      printf '\n'
      status_shards "$all" ''
      ;;
    nodes) status_nodes "$all" 1 ;;
    databases) status_databases "$all" 1 ;;
    endpoints) status_endpoints "$all" 1 "$only" ;;
    shards) status_shards "$all" 1 "$only" ;;
  esac
}

database_block() { # id
  name=$(quirk info-name)
  policy=$(quirk info-policy)
  printf 'db:%s [%s]:\n' "$1" "${name:-$(cell databases "$1" 2)}"
  indented 'client_buffer_limits: 1GB (hard limit)/512MB (soft limit) in 30 seconds'
  indented 'repl_backlog: 4.3MB (4508876 bytes)'
  indented 'repl_timeout: 360 seconds'
  indented "oss_cluster: $(cell databases "$1" 9)"
  indented 'slave_ha: enabled (database)'
  indented "proxy_policy: ${policy:-$(cell databases "$1" 8)}"
  if ! has no-mode; then indented "syncer_mode: $(cell databases "$1" 7)"; fi
}

indented() {
  case $(quirk indent) in
    2) printf '  %s\n' "$1" ;;
    3) printf '   %s\n' "$1" ;;
    tab) printf '\t%s\n' "$1" ;;
    *) printf '    %s\n' "$1" ;;
  esac
}

show_info() {
  case ${1:-} in
    db)
      slow info-db
      answer_of info-db
      if [ -e "$state/tuned" ] && has mode-back-after && count_down mode-back-after; then
        set_cell databases "$(cat "$state/tuned")" 7 centralized
      fi
      case ${2:-} in
        db:*) id=${2#db:} ;;
        '') for id in $(cut -d'|' -f1 "$state/databases"); do database_block "$id"; done; return ;;
        *) id=$(awk -F'|' -v name="$2" '$2 "" == name "" { print $1 }' "$state/databases") ;;
      esac
      if [ -z "$(cell databases "$id" 1)" ]; then fail "No such database ${2:-}"; fi
      if has other-block; then database_block "$(quirk other-block)"; fi
      database_block "$id"
      ;;
    cluster)
      slow info-cluster
      answer_of info-cluster
      if has header-case; then printf 'cluster configuration:\n'; else printf 'Cluster configuration:\n'; fi
      mode=$(quirk upgrade-mode)
      indented 'default_non_sharded_proxy_policy: single'
      indented 'endpoint_rebind_propagation_grace_time: 15'
      indented "upgrade mode: ${mode:-disabled}"
      indented 'cnm_https_port: 9443'
      ;;
    node)
      slow info-node
      answer_of info-node
      printf 'Command Output: node:%s\n' "$2"
      indented "address: $(cell nodes "$2" 3)"
      indented 'external addresses: N/A'
      quorum=$(cell nodes "$2" 11)
      indented "quorum only: ${quorum:-disabled}"
      indented 'max listeners: 100'
      ;;
    *) usage ;;
  esac
}

succeed() { # progress meter
  if [ "$answer" = stderr ]; then printf '%s\nFinished successfully\n' "$1" >&2; else printf '%s\nFinished successfully\n' "$1"; fi
  exit 0
}

foreign_change() { # quirk
  if has "$1"; then
    printf '%s\n' "$(quirk "$1")" | while IFS='|' read -r t i c v; do set_cell "$t" "$i" "$c" "$v"; done
  fi
}

before_write() { # key
  : > "$state/written"
  answer=$(quirk "$1")
  slow "$1"
  foreign_change "before-$1"
  case $answer in
    refused) fail 'Cannot perform the operation: no available proxies for binding an endpoint' ;;
    usage) usage ;;
    no-effect) succeed 'Executing: OOO.' ;;
    hang-before) sleep 600 ;;
    prompt)
      printf 'Are you sure? [Y/N] '
      reply=
      read -r reply || true
      if [ "$reply" != Y ]; then fail 'aborted'; fi
      ;;
  esac
}

after_write() { # key meter
  foreign_change "after-$1"
  case $answer in
    silent) exit 0 ;;
    error-but-applied) fail 'some shards could not be reached' ;;
    hang-after) sleep 600 ;;
    killed) kill -9 $$ ;;
  esac
  succeed "$2"
}

bind() { # db db:7 endpoint 7:1 policy p
  database=
  if [ "${1:-}" = db ]; then database=${2#db:}; shift 2; fi
  if [ $# -ne 4 ] || [ "$1" != endpoint ] || [ "$3" != policy ]; then usage; fi
  endpoint=$2
  policy=$4
  case $policy in single | all-master-shards | all-nodes) ;; *) usage ;; esac
  if [ -z "$(cell endpoints "$endpoint" 1)" ]; then fail "No such endpoint $endpoint"; fi
  if [ -n "$database" ] && [ "$database" != "${endpoint%%:*}" ]; then fail "endpoint $endpoint is not of db:$database"; fi
  before_write bind
  bound=$(cell endpoints "$endpoint" 4)
  first=${bound%%,*}
  case $policy in
    single) nodes=$first ;;
    all-master-shards)
      nodes=$(awk -F'|' -v db="${endpoint%%:*}" '$2 "" == db "" && $4 == "master" { print $3 }' "$state/shards" | sort -nu | paste -sd, -)
      ;;
    all-nodes) nodes=$(awk -F'|' '$6 != "0/0" && $9 == "OK" { print $1 }' "$state/nodes" | paste -sd, -) ;;
  esac
  if [ "$answer" = one-node ]; then nodes=$first; fi
  if [ "$(cell endpoints "$endpoint" 2)" = "$policy" ] && [ -z "$(cell endpoints "$endpoint" 3)" ] && [ "$bound" = "$nodes" ]; then
    printf 'Nothing to do\n'
    exit 1
  fi
  set_endpoint "$endpoint" "$policy" "$nodes"
  set_cell databases "${endpoint%%:*}" 8 "$policy"
  printf '%s' "$endpoint" > "$state/bound"
  after_write bind 'Executing bind endpoint: OOO.'
}

tune() { # db db:7 syncer_mode m
  if [ $# -ne 4 ] || [ "$1" != db ] || [ "$3" != syncer_mode ]; then usage; fi
  id=${2#db:}
  case $4 in centralized | distributed) ;; *) usage ;; esac
  if [ -z "$(cell databases "$id" 1)" ]; then fail "No such database $2"; fi
  before_write "tune-$4"
  # What the documentation calls a must and no cluster is known to refuse: noted, so that a test can see it.
  if [ "$4" = distributed ]; then
    awk -F'|' -v db="$id" '{ split($1, id, ":"); split($4, nodes, ",") } id[1] == db && ($2 == "single" || nodes[2] == "" || nodes[1] == nodes[2])' \
      "$state/endpoints" >> "$state/unsafe"
  fi
  set_cell databases "$id" 7 "$4"
  if [ "$4" = distributed ]; then printf '%s' "$id" > "$state/tuned"; else rm -f "$state/tuned"; fi
  after_write "tune-$4" 'Tuning database: o'
}

running_actions() {
  slow running-actions
  answer_of running-actions
  if has task; then
    printf 'Got 1 tasks:\n1) Task: %s\n' "$(quirk task)"
  else
    printf 'No active tasks\n'
  fi
}

answer=
call() {
  case ${1:-} in
    status) shift; show_status "$@" ;;
    info) shift; show_info "$@" ;;
    bind) shift; bind "$@" ;;
    tune) shift; tune "$@" ;;
    cluster) if [ "${2:-}" = running_actions ]; then running_actions; else usage; fi ;;
    *) usage ;;
  esac
}

if has crlf; then
  ( call "$@" ) > "$state/out.$$"
  code=$?
  awk '{ printf "%s\r\n", $0 }' "$state/out.$$"
  rm -f "$state/out.$$"
  exit $code
fi
call "$@"
