# The developer's commands. Each fetches and starts what it needs; the work is done by the scripts in dev/.
#
# ODOO_HOME=/path/to/odoo-19.0  use this Odoo source instead of the one that is fetched
# SOL_CACHE=/path               keep downloads, databases and state there

.PHONY: help run test test-core test-upgrade test-kill demo fuzz bench lint i18n security clean

help:  ## list these commands
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run:  ## serve a demo database; prints the address and the logins
	@dev/run

test:  ## run the tests, those of tests/optional beside the optional modules; T=tests/review/test_gate.py runs a part
	@dev/test $(T)

test-core:  ## what passes of Odoo's own suites without the addon passes with it; SUITES=repair runs some
	@dev/test-core $(SUITES)

test-upgrade:  ## the last release with its demo data, updated to this checkout, then uninstalled; FROM=COMMIT names another
	@dev/upgrade $(FROM)

test-kill:  ## kill the sealing of dossiers and the import of a file in the middle, and see that the next run finishes it
	@dev/script dev/kill_seal.py
	@dev/script dev/kill_import.py

demo:  ## orders to the verified archive, papers in build/demo; ORDERS=DIR SEAL=1 KEEP=1 DB=NAME (see dev/demo.py)
	@dev/demo

fuzz:  ## orders, mails and files with random mistakes: each is taken in as it was written, or listed; SEED=… again
	@dev/script dev/fuzz_intake.py

bench:  ## what a policy costs beside plain Odoo, and whether it is within its budgets; ORDERS=300 REPEAT=5 (see dev/bench.py), intake and tracking
	@dev/bench
	@env -u ORDERS -u REPEAT dev/bench intake
	@env -u ORDERS -u REPEAT dev/bench tracking

lint:  ## ruff and pylint-odoo
	@dev/lint

i18n:  ## export the terms, take them into the translations, name those without one; CHECK=1 only checks
	@dev/i18n $(if $(CHECK),--check)

security:  ## write the tables of docs/security.md anew from the rights that are installed; CHECK=1 only checks
	@dev/security $(if $(CHECK),--check)

clean:  ## remove this checkout's databases, state and build/
	@dev/clean
