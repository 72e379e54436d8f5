"""The managed development environment behind the commands in dev/.

It needs nothing but Python's standard library: it is what fetches the rest.

    console    progress lines, failures, running commands
    layout     where things lie, what their cache keys are, file locks
    system     the system packages (PDF, Chinese font, browser)
    source     Odoo 19.0 itself
    packages   the virtual environment with the locked Python packages
    postgres   what is asked of a PostgreSQL server
    existing   a server that runs already
    embedded   the server that is started where none is named
    databases  template databases, clones of them, and their removal
    instance   odoo.conf, free ports and the environment Odoo runs in
"""
