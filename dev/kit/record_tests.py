"""Runs Odoo with the outcome of every test in a file, with Odoo's Python:

    record_tests.py FILE [--policy] [ODOO'S ARGUMENT…]

One line of JSON per test run: its id, the outcome (`passed`, `failed`, `skipped`) and the seconds it took. The last
line says that Odoo came to its end by itself.

All tests run when everything is loaded, those too that Odoo runs before: half of its suites would never meet the addon.
With `--policy` every company works under a policy (see adopt.py), those too that tests make.
"""

import json
import re
import sys
import time

from adopt import adopt_everywhere


def get_suite_maker(make_suite, before):
    """:param make_suite: Odoo's own function
    :param before: function that is called before the first test; asked nothing, answers nothing
    :return: function to call instead: all tests run at the end
    """

    def make(module_names, position="at_install"):
        if position == "at_install":
            return make_suite([])
        before()
        return make_suite(module_names, "at_install,post_install")

    return make


def record(path, *arguments):
    from odoo.cli.command import main
    from odoo.tests.result import OdooTestResult

    arguments = list(arguments)
    is_under_policy = "--policy" in arguments
    if is_under_policy:
        arguments.remove("--policy")

    with open(path, "w") as file:

        def write(**entry):
            print(json.dumps(entry), file=file, flush=True)

        class Recorder(OdooTestResult):
            def startTest(self, test):
                super().startTest(test)
                self.outcome, self.started = "passed", time.monotonic()

            def note(self, test, outcome):
                # A failure in the set-up of a class names no test: "setUpClass (odoo.addons.….Class)".
                if holder := re.fullmatch(r"(\w+) \((.+)\)", test.id()):
                    write(test=f"{holder[2]}.{holder[1]}", outcome=outcome)
                elif outcome != "skipped" or self.outcome == "passed":
                    self.outcome = outcome

            def addError(self, test, err):
                super().addError(test, err)
                self.note(test, "failed")

            def addFailure(self, test, err):
                super().addFailure(test, err)
                self.note(test, "failed")

            def addSkip(self, test, reason):
                super().addSkip(test, reason)
                self.note(test, "skipped")

            def stopTest(self, test):
                super().stopTest(test)
                write(test=test.id(), outcome=self.outcome, seconds=round(time.monotonic() - self.started, 2))

        # Both places that run suites look the class up there.
        import odoo.tests.loader

        odoo.tests.loader.OdooTestResult = Recorder
        odoo.tests.loader.make_suite = get_suite_maker(
            odoo.tests.loader.make_suite, adopt_everywhere if is_under_policy else lambda: None)
        sys.argv[1:] = arguments
        try:
            main()
        except SystemExit:
            write(end=True)
            raise


if __name__ == "__main__":
    record(*sys.argv[1:])
