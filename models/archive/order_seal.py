"""The seal of a dossier and its verification, apart from the database.

A seal is the canonical JSON of what a dossier held when it was sealed; its SHA-256 is the dossier's digest. It names
the digest of the dossier before it, so that the dossiers of a company form a chain. Everybody who has the files and
the seal can check them without this program.
"""
import hashlib
import json
from collections import namedtuple

# The version of the seal's form: another form gets another number, and old dossiers keep theirs.
SCHEME = 1
CHUNK_SIZE = 1 << 20

# `document` is the name of the document, None where the dossier itself is meant; `detail` says what differs.
Problem = namedtuple('Problem', ('code', 'document', 'detail'), defaults=(None, None))


def get_canonical(data):
    """:return: the one text that stands for JSON data: sorted keys, no blanks, characters as they are"""
    return json.dumps(data, sort_keys=True, separators=(',', ':'), ensure_ascii=False)


def get_digest(text):
    """:return: SHA-256 of a text in UTF-8, as hexadecimal digits"""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_stream(stream):
    """Hash an open binary file piece by piece, whatever its size.

    :return: pair (SHA-256 as hexadecimal digits, number of bytes)
    """
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_SIZE):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def hash_file(path):
    """As :func:`hash_stream`, of the file at ``path``; None where it is not there or cannot be read."""
    try:
        with open(path, 'rb') as stream:
            return hash_stream(stream)
    except OSError:
        return None


def build_seal(number, version, order, sealed_at, previous, documents, scheme=SCHEME):
    """What is sealed.

    :param number: number of the dossier
    :param version: which dossier of its order it is
    :param order: dict ``id`` and ``name`` of the order
    :param sealed_at: moment as text, UTC
    :param previous: digest of the dossier before it in the company, '' for the first
    :param documents: dicts with ``kind``, ``name``, ``size`` and ``sha256``, in their order
    :return: the canonical text
    """
    return get_canonical({
        'scheme': scheme,
        'number': number,
        'version': version,
        'order': {'id': order['id'], 'name': order['name']},
        'sealed_at': sealed_at,
        'previous': previous,
        'documents': [
            {key: document[key] for key in ('kind', 'name', 'size', 'sha256')} for document in documents],
    })


def read_seal(text):
    """:return: the seal as a dict; None where the text is none"""
    try:
        seal = json.loads(text)
        return seal if {'number', 'order', 'documents'} <= seal.keys() else None
    except (AttributeError, TypeError, ValueError):
        return None


def verify_dossier(dossier, documents):
    """Hold the rows and files of one dossier against its seal.

    :param dossier: dict of the rows as they are now: ``scheme``, ``number``, ``version``, ``order``, ``sealed_at``,
        ``previous``, ``digest``, ``seal`` (the text) and ``sealed`` (whether it still counts as sealed)
    :param documents: dicts ``position``, ``kind``, ``name``, ``size``, ``sha256`` of the rows, ``files`` (how many
        files the row has) and ``found``, the pair that the hashing of its file returned, None without a file
    :return: list of :class:`Problem`
    """
    problems = []
    seal = read_seal(dossier['seal'])
    intact = bool(seal) and get_digest(dossier['seal']) == dossier['digest']
    if not intact:
        problems.append(Problem('row_changed', None, 'digest'))
    if not dossier['sealed']:
        problems.append(Problem('row_changed', None, 'state'))
    if seal:
        problems += [
            Problem('row_changed', None, name)
            for name in ('scheme', 'number', 'version', 'order', 'sealed_at', 'previous')
            if seal.get(name) != dossier[name]
        ]
    sealed = dict(enumerate(seal['documents'], start=1)) if seal else {}
    rows = {}
    for document in documents:
        if seal and (document['position'] not in sealed or document['position'] in rows):
            problems.append(Problem('file_added', document['name']))
        else:
            rows[document['position']] = document
    for position in sorted(sealed.keys() | rows.keys()):
        problems += _verify_document(sealed.get(position), rows.get(position))
    return problems


def _verify_document(sealed, row):
    """:param sealed: what the seal says of a document, None where the seal is unreadable
    :param row: its row, None where it is gone
    :return: list of :class:`Problem`
    """
    if row is None:
        return [Problem('file_missing', sealed['name'])]
    name = (sealed or row)['name']
    problems = []
    if sealed and (changed := [key for key in ('kind', 'name', 'size', 'sha256') if sealed[key] != row[key]]):
        problems.append(Problem('row_changed', name, ', '.join(changed)))
    if row['files'] > 1:
        problems.append(Problem('file_added', name, 'file'))
    if row['found'] is None:
        problems.append(Problem('file_missing', name))
    elif row['found'] != ((sealed or row)['sha256'], (sealed or row)['size']):
        problems.append(Problem('file_changed', name))
    return problems


def verify_chain(previous, predecessor):
    """Whether a dossier follows the one before it.

    :param previous: the digest that the dossier names, '' for the first of its company
    :param predecessor: dict ``digest`` and ``seal`` of the dossier that it followed; None where that is gone, and
        where there was none
    :return: bool
    """
    if predecessor is None:
        return not previous
    # A digest that somebody has overwritten is the predecessor's own problem, as long as its seal stands.
    return bool(previous) and previous in (predecessor['digest'], get_digest(predecessor['seal'] or ''))
