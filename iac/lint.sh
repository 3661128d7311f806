#!/usr/bin/env bash
# `make lint-iac`. What this machine lacks is said in one line and fails nothing; every check that can run does.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

skipped() { echo "lint-iac: $1"; }

# What `make test` knows of iac/ besides is about what it does, not how it is written.
.venv/local/bin/python -m pytest tests/iac/test_checkov.py tests/iac/test_conventions.py --quiet || failed=1

if ! command -v terraform >/dev/null; then
    skipped "terraform is not installed: fmt, validate and test were left out"
    exit $failed
fi
terraform fmt -check -diff -recursive iac || failed=1

# The providers stay in .local/, so that a second call downloads nothing. The lock file that init writes in iac/ is worth a
# commit: it pins them by hash.
export TF_DATA_DIR="$PWD/.local/terraform/lint" CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
export TF_REGISTRY_CLIENT_TIMEOUT=15 TF_REGISTRY_DISCOVERY_RETRY=1
mkdir -p "$TF_DATA_DIR"
if output=$(terraform -chdir=iac init -backend=false -input=false -no-color 2>&1); then
    terraform -chdir=iac validate && terraform -chdir=iac test || failed=1
elif grep -qE "could not connect to|Failed to install provider|failed to request discovery document" <<<"$output"; then
    skipped "the Terraform registry can't be reached: validate and test were left out"
else
    echo "$output" >&2
    failed=1
fi
exit $failed
