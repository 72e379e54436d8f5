"""The terms of the addon, as Odoo exports them, and their translations; run it with `make i18n` (see dev/i18n).

The terms are those of the addon without its demo data. What changes with every export is left out of the files, so
that a fresh export equals the one in the repository until a term changes.
"""

import io
import re

import polib
from kit.layout import ADDON, CHECKOUT

import odoo.api
from odoo.tools.translate import trans_export

FOLDER = CHECKOUT / "i18n"
TEMPLATE = FOLDER / f"{ADDON}.pot"
LANGUAGES = {"zh_CN": "nplurals=1; plural=0;"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def main(registry, argv):
    if argv not in ([], ["--check"]):
        print("Usage: dev/i18n [--check]")
        return 2
    template = export(registry)
    if argv == ["--check"]:
        problems = compare(template, read(TEMPLATE))
        for language in LANGUAGES:
            problems += review(template, language)
    else:
        FOLDER.mkdir(exist_ok=True)
        template.save(TEMPLATE)
        problems = []
        for language in LANGUAGES:
            merge(template, language)
            problems += review(template, language)
    for problem in problems:
        print(problem)
    print(f"{len(template)} terms, {len(problems)} problems" if problems else f"{len(template)} terms, all translated")
    return 1 if problems and argv == ["--check"] else 0


def export(registry):
    """The template that the repository should have."""
    with registry.cursor() as cr, io.BytesIO() as buffer:
        trans_export(None, [ADDON], buffer, "po", odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}))
        template = polib.pofile(buffer.getvalue().decode())
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        del template.metadata[date]
    return template


def read(path):
    """A file of terms; without a term when it is not there."""
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def merge(template, language):
    """Write the translations of a language: the template's terms and their places, the texts that are there."""
    path = FOLDER / f"{language}.po"
    known = {entry.msgid: entry for entry in read(path)}
    merged = polib.POFile()
    merged.header = template.header
    merged.metadata = {**template.metadata, "Language": language, "Plural-Forms": LANGUAGES[language]}
    for entry in template:
        before = known.get(entry.msgid, entry)
        merged.append(polib.POEntry(
            msgid=entry.msgid, msgstr=before.msgstr, flags=before.flags, comment=entry.comment,
            occurrences=entry.occurrences, tcomment=before.tcomment,
        ))
    merged.save(path)


def compare(template, present):
    """What is stale about the template in the repository, one line a term."""
    fresh, old = ({entry.msgid: str(entry) for entry in terms} for terms in (template, present))
    return [
        *(f"{TEMPLATE.name}: new: {term}" for term in fresh if term not in old),
        *(f"{TEMPLATE.name}: gone: {term}" for term in old if term not in fresh),
        *(f"{TEMPLATE.name}: used elsewhere: {term}" for term in fresh if old.get(term, fresh[term]) != fresh[term]),
    ]


def review(template, language):
    """What is wrong with the translations of a language, one line a term."""
    known = {entry.msgid: entry for entry in read(FOLDER / f"{language}.po")}
    terms = [entry.msgid for entry in template]
    found = [f"{language}: gone: {term}" for term in known if term not in terms]
    for term in terms:
        entry = known.get(term)
        if not entry or not entry.msgstr:
            found.append(f"{language}: not translated: {term}")
        elif entry.fuzzy:
            found.append(f"{language}: fuzzy: {term}")
        elif sorted(PLACEHOLDER.findall(term)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
            found.append(f"{language}: other placeholders: {term}")
    return found
