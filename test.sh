#!/usr/bin/env bash
# Runs every test: units, scenarios, the reference ladder, kill tests, end to end. A test whose
# peer is absent says so and is skipped.
set -euo pipefail
cd "$(dirname "$0")"
cargo test --locked --benches -q
exec cargo test --locked
