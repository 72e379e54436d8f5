# The developer's commands. Each fetches and starts what it needs; the work is done by the scripts in dev/.
#
# ODOO_HOME=/path/to/odoo-19.0  use this Odoo source instead of the one that is fetched
# SOL_CACHE=/path               keep downloads, databases and state there

.PHONY: help run test test-kill demo lint i18n clean

help:  ## list these commands
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run:  ## serve a demo database; prints the address and the logins
	@dev/run

test:  ## run the tests; T=tests/review/test_gate.py runs a part
	@dev/test $(T)

test-kill:  ## kill the sealing of dossiers in the middle, and see that the next run finishes it
	@dev/script dev/kill_seal.py

demo:  ## run the demonstration; ORDERS=DIR takes orders of your own, KEEP=1 keeps its database
	@dev/demo

lint:  ## ruff and pylint-odoo
	@dev/lint

i18n:  ## export the terms, take them into the translations, name those without one; CHECK=1 only checks
	@dev/i18n $(if $(CHECK),--check)

clean:  ## remove this checkout's databases, state and build/
	@dev/clean
