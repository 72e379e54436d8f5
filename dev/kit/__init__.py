"""The managed development environment behind the commands in dev/.

It needs nothing but Python's standard library: it is what fetches the rest.

    console    progress lines, failures, running commands
    layout     where things lie, what their cache keys are, file locks
    system     the system packages (PDF, Chinese font, browser)
    source     Odoo 19.0 itself
    packages   the virtual environment with the locked Python packages
    postgres   the PostgreSQL server: one that runs already, or the embedded one
    embedded   starts that one
    databases  template databases, clones of them, and their removal
    instance   odoo.conf, free ports and the environment Odoo runs in
"""
