"""What senders get wrong: values, mails and files with random but reproducible mistakes; without Odoo."""

import copy
import io
import zipfile

# What stands where something else was expected.
VALUES = [
    None, True, False, 0, -1, 7, 0.1, -2.5, 1e308, float("inf"), float("nan"), 10**30, "", " ", "0", "-3", "1e5", "1,5",
    "1.234,50", "NaN", "\x00", "a\x00b", "\ud800", "\u202eDESK", "\ufeffCHAIR", "CHAIR ", "chair", "家具", "💡" * 50,
    "x" * 5000,
    "2026-02-30", "2026-01-01T00:00:00+99:00", "<b>1</b>", "=1+1", "'; DROP TABLE sale_order; --", "%s %(x)s {0}",
    [], [[]], {}, {"": ""}, ["CHAIR"], {"sku": "CHAIR"}, [None] * 20,
]
KEYS = ["", "sku", "SKU", "quantity", "partner_id", "state", "id", "__class__", "a" * 300, "lines", "customer", "\x00"]

# What mail programs, gateways and people put into mails.
MAIL_TOKENS = [
    b"\x00", b"\xff\xfe", b"\r\n", b"\n\n", b"\r\n\r\n", b"=?utf-8?B?T3JkZXIgACA1?=", b"=?gb2312?B?tqnUxA==?=",
    b"=?x?q?=",
    b"Content-Type: text/html; charset=\"text/html\"\r\n", b"Content-Type: text/plain; charset=x-gbk\r\n",
    b"Content-Type: multipart/mixed; boundary=\"\"\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n", b"Reply-To: Li Zhou <zhou@neu.example.cn>\r\n",
    b"From: McDonald, Ronald <ronald@example.com>\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%00a.pdf\r\n",
    b"Date: Thu, 99 Foo 2026 25:61:00 +9999\r\n", b"--b1\r\n", b"--b1--\r\n",
    b"\xe4\xf6\xfc", b"\x81\x40", b"((((", b"<", b">", b";",
    b"charset=utf-7", b"=00", b"=\r\n", b"&#0;", b"<!--", b"\xc2\x85",
]

FILE_TOKENS = [
    b'"', b'""', b";", b",", b"\t", b"|", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"1,5",
    b"1.234,50", b"1.250",
    b"1.23457E+17", b"-", b"\xc4\xe3", b"=1+1", b"'", b"sep=;\n", b"DESK", b"\xa0", b"%", b"0", b"9" * 20,
]


def mutate_value(value, random):
    """:return: a copy of a payload in which one or a few things are otherwise"""
    value = copy.deepcopy(value)
    for _time in range(random.choice((1, 1, 1, 2, 3))):
        spots = list(_walk(value))
        container, key = random.choice(spots)
        match random.randrange(5):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                container[random.choice(KEYS)] = random.choice(VALUES)
            case 1:
                container.insert(key, copy.deepcopy(container[key]))
            case 2:
                container[key] = [container[key]]
            case 3:
                container[key] = str(container[key])
            case _:
                container[key] = copy.deepcopy(random.choice(VALUES))
        if not isinstance(value, dict) or not value:
            break
    return value


def _walk(value):
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _walk(child)


def mutate_bytes(content, random, tokens):
    """:return: bytes in which something is missing, doubled, moved, damaged or put in"""
    content = bytearray(content)
    for _time in range(random.choice((1, 1, 2, 3, 8))):
        start = random.randrange(len(content) + 1)
        stop = min(start + random.choice((1, 1, 2, 10, 60)), len(content))
        match random.randrange(5):
            case 0:
                del content[start:stop]
            case 1:
                content[start:start] = content[start:stop]
            case 2:
                place = random.randrange(len(content) + 1)
                content[place:place] = content[start:stop]
            case 3 if start < len(content):
                content[start] = random.randrange(256)
            case _:
                content[start:start] = random.choice(tokens)
    return bytes(content)


def mutate_workbook(content, random):
    """:return: a workbook of which one part is damaged, or the file itself"""
    if random.random() < 0.2:
        return mutate_bytes(content, random, FILE_TOKENS)
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    names = source.namelist()
    chosen = random.choice([name for name in names if "sheet" in name.lower() or "Strings" in name or "styles" in name])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name in names:
            part = source.read(name)
            book.writestr(name, mutate_bytes(part, random, FILE_TOKENS) if name == chosen else part)
    return target.getvalue()
