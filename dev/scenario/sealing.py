"""Seals every settled order of a database, as the scheduled action does, and proves that the archive tells the truth.

What was sealed is committed chunk by chunk: a run that is killed leaves each order sealed or untouched, and the next
run on the same database goes on. Then all dossiers are verified, as they are and with one byte of one file changed.
"""

from .csv_orders import get_peak_memory
from .stage import Stage, seconds

CHUNK = 25


class Sealing(Stage):
    def __init__(self, registry):
        super().__init__(registry)
        self.problems = []
        self.find_people()

    def check(self, text, found, expected):
        good = found == expected
        print(f"  {text:<50} {found!s:>14}" + ("" if good else f"   but it is to be {expected}"), flush=True)
        if not good:
            self.problems.append(text)

    def count(self):
        """:return: pair of the numbers of sealed orders and of settled ones that wait for it"""
        with self.acting() as env:
            settled = [("settlement_state", "=", "settled")]
            sealed = env["sale.order"].search_count([*settled, ("archive_state", "=", "sealed")])
            return sealed, env["sale.order"].search_count(settled) - sealed

    def seal(self):
        before, waiting = self.count()
        print(f"  {before} orders are sealed, {waiting} wait for it", flush=True)
        begin, sealed = seconds(), before
        while waiting:
            start = seconds()
            with self.acting("archivist") as env:
                # What an earlier run has queued comes first.
                if not env["order.archive"].search_count([("state", "=", "queued")]):
                    env["sale.order"].search([
                        ("settlement_state", "=", "settled"), ("archive_state", "!=", "sealed"),
                    ], limit=CHUNK, order="id").action_queue_archive_possible()
            with self.acting() as env:
                env["order.archive"]._cron_seal_queued()
            last, (sealed, waiting) = sealed, self.count()
            if sealed == last:
                with self.acting() as env:
                    for archive in env["order.archive"].search([("state", "!=", "sealed")], limit=5):
                        print(f"    {archive.display_name}: {archive.error or archive.missing_summary}")
                self.problems.append("not everything can be sealed")
                break
            print(f"  {sealed} sealed, {(seconds() - start) / (sealed - last):.2f} s for each of the last "
                  f"{sealed - last}, peak memory {get_peak_memory():.0f} MB", flush=True)
        if sealed > before:
            print(f"  = {sealed - before} dossiers in {seconds() - begin:.0f} s: "
                  f"{(seconds() - begin) / (sealed - before):.2f} s for each", flush=True)

    def check_numbers(self):
        """Numbers of a year and company have no gap, and every dossier names the one before it."""
        with self.acting() as env:
            archives = env["order.archive"].search([("state", "=", "sealed")], order="sealed_at, id")
            self.check("sealed dossiers", len(archives), self.count()[0])
            for (company, year), own in archives.grouped(lambda a: (a.company_id, a.name.split("/")[1])).items():
                numbers = sorted(int(archive.name.split("/")[-1]) for archive in own)
                self.check(f"numbers of {company.name} in {year}, without gap", numbers == [
                    *range(1, len(own) + 1)], True)
            digests = {archive.previous_digest for archive in archives if archive.previous_digest}
            self.check("digests that the next dossier names", len(digests & set(archives.mapped("digest"))),
                       len(archives) - len(archives.company_id))

    def verify(self, text):
        """:return: the problems that a verification of everything finds"""
        start = seconds()
        with self.acting("archivist") as env:
            results = env["order.archive"].search([("state", "=", "sealed")]).action_verify()
        print(f"  {text:<50} {seconds() - start:12.1f} s", flush=True)
        return [(result["archive_id"], problem["code"], problem["document"])
                for result in results for problem in result["problems"]]

    def check_flipped_byte(self):
        """One byte of one stored file is changed behind Odoo's back: exactly that file is named."""
        with self.acting() as env:
            archives = env["order.archive"].search([("state", "=", "sealed")], order="id")
            document = archives[len(archives) // 2].document_ids.filtered(lambda row: row.kind == "contract")[0]
            file = env["ir.attachment"].search([
                ("res_model", "=", document._name), ("res_id", "=", document.id), ("res_field", "!=", False)])
            path = file._full_path(file.store_fname)
            expected = [(document.archive_id.id, "file_changed", document.name)]
        flip(path)
        try:
            found = self.verify("Verify all of it with one byte changed")
        finally:
            flip(path)
        self.check("names exactly the changed file", found, expected)

    def play(self):
        print("\nThe archive", flush=True)
        self.seal()
        self.check_numbers()
        self.check("problems", self.verify("Verify every file, row and the chain"), [])
        self.check_flipped_byte()
        self.check("problems when the byte is back", self.verify("Verify all of it again"), [])
        if self.problems:
            print("Not as it should be: " + ", ".join(self.problems))
        return 1 if self.problems else 0


def flip(path):
    """Change the last bit of the byte in the middle of a file; twice, and the file is as before."""
    with open(path, "r+b") as file:
        content = bytearray(file.read())
        content[len(content) // 2] ^= 1
        file.seek(0)
        file.write(content)


def play(registry):
    return Sealing(registry).play()
