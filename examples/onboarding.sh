#!/bin/sh
# New customers in one go: a tenant in Acronis for each company, mapped, with the quotas of its
# contracts. Takes Autotask company ids as arguments; safe to run again.
#
#     examples/onboarding.sh 1204 1207
set -eu

if [ $# -eq 0 ]; then
    echo "usage: $0 COMPANY-ID..." >&2
    exit 2
fi

acrotask check -q

for company in "$@"; do
    mapped=$(acrotask map-customer list --mapped --output csv | cut -d, -f1 | grep -cx "$company" || true)
    if [ "$mapped" -eq 0 ]; then
        acrotask map-customer create "$company" --yes
    fi
done

# Look first, then do exactly that.
printf '%s\n' "$@" | acrotask provision --company - --dry-run
printf '%s\n' "$@" | acrotask provision --company - --yes
