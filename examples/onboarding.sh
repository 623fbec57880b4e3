#!/bin/sh
# Sets up new customers: for each company a mapped tenant in Acronis with mode, two-factor
# authentication and administrator as configured, and with the quotas of its contracts. Takes Autotask
# company ids as arguments. Safe to run again, which also finishes what an earlier run could not.
#
# A company that may already have a tenant, by its name, is skipped and named, and the script ends
# with exit code 4: link it, or approve the new tenant with the digest that `create` printed.
#
#     examples/onboarding.sh 1204 1207
set -eu

if [ $# -eq 0 ]; then
    echo "usage: $0 COMPANY-ID..." >&2
    exit 2
fi

acrotask check -q

held=0
ready=""
for company in "$@"; do
    code=0
    mapped=$(acrotask map-customer list --mapped --output csv | cut -d, -f1 | grep -cx "$company" || true)
    if [ "$mapped" -eq 0 ]; then
        acrotask map-customer create "$company" --yes || code=$?
    fi
    case $code in
        0 | 3) ready="$ready $company" ;; # 3: the tenant exists, the rest is done below
        4) held=4 ;;
        *) exit "$code" ;;
    esac
done

# Show the plan first, then apply it.
if [ -n "$ready" ]; then
    # shellcheck disable=SC2086
    printf '%s\n' $ready | acrotask provision --company - --dry-run
    # shellcheck disable=SC2086
    printf '%s\n' $ready | acrotask provision --company - --yes
fi
exit "$held"
