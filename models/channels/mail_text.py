"""The texts of mails: encodings that nobody knows by this name, none at all, a wrong one, and what cannot be stored."""
import codecs
import itertools
import re
from email import base64mime, quoprimime
from email.utils import parsedate_to_datetime

# What is read of a header.
MAX_HEADER = 1000
MAX_WORDS = 200

# Names that mail programs give, and what these texts are read with: where an encoding has a larger one that is what
# people mean by its name, that one.
CHARSETS = {
    'ansi': 'cp1252', 'ascii': None, 'us-ascii': None, 'ansi_x3.4-1968': None, 'default': None, 'default_charset': None,
    'unknown': None, 'unknown-8bit': None, 'x-unknown': None, '8bit': None, '7bit': None, 'binary': None,
    'cp-1252': 'cp1252', 'windows1252': 'cp1252', 'iso-8859-1': 'cp1252', 'iso8859-1': 'cp1252', 'latin1': 'cp1252',
    'latin-1': 'cp1252', 'iso_8859-1': 'cp1252', 'iso-8859-9': 'cp1254', 'iso-8859-11': 'cp874', 'tis-620': 'cp874',
    'iso-8859-8-i': 'iso8859_8', 'iso-8859-8-e': 'iso8859_8', 'iso-8859-6-i': 'iso8859_6', 'iso-8859-6-e': 'iso8859_6',
    'utf8mb4': 'utf_8', 'utf8mb3': 'utf_8', 'unicode-1-1-utf-8': 'utf_8', 'unicode-1-1-utf-7': 'utf_7',
    'gb2312': 'gb18030', 'gb_2312-80': 'gb18030', 'gb_2312': 'gb18030', 'gb-2312': 'gb18030', 'gbk': 'gb18030',
    'gb18030-2000': 'gb18030', 'euc-cn': 'gb18030', 'cp936': 'gb18030', 'ms936': 'gb18030', 'windows-936': 'gb18030',
    'chinesesimplified': 'gb18030', 'chinese': 'gb18030',
    'big5': 'cp950', 'big-5': 'cp950', 'windows-950': 'cp950', 'big5-hkscs': 'big5hkscs',
    'shift_jis': 'cp932', 'shift-jis': 'cp932', 'sjis': 'cp932', 'ms_kanji': 'cp932', 'windows-31j': 'cp932',
    'cp943c': 'cp932', 'euc-kr': 'cp949', 'ks_c_5601-1987': 'cp949', 'ks_c_5601': 'cp949', 'ksc5601': 'cp949',
    'ks_c_5601-1989': 'cp949', 'windows-949': 'cp949', 'mac-roman': 'mac_roman', 'mac-cyrillic': 'mac_cyrillic',
}
# What one encoding reads and its larger one does not.
NEXT_CHARSETS = {'cp1252': 'latin_1', 'cp950': 'big5hkscs', 'cp932': 'shift_jis_2004', 'cp874': 'iso8859_11'}
# Encodings that are none of a text, or take their time.
NO_CHARSETS = {'punycode', 'idna', 'undefined', 'unicode_escape', 'raw_unicode_escape', 'mbcs', 'oem'}

# Control characters but tabulator and ends of lines, and half surrogates: neither stored nor shown.
NOT_STORABLE = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]')
ENCODED_WORD = re.compile(r'=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,4000})\?=')
CHARSET_IN_HTML = re.compile(rb'''<meta[^>]{0,200}charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{2,40})''', re.IGNORECASE)

MAX_SAMPLE = 100_000


def find_codec(name):
    """:return: name of the codec that a text in an encoding of this name is read with, None where it says nothing"""
    name = (name or '')[:60].strip(' \t"\';').lower().partition('*')[0]
    for written in (name, name.removeprefix('x-'), name.removeprefix('cs')):
        if written in CHARSETS:
            return CHARSETS[written]
        if codec := _find_python_codec(written):
            return CHARSETS.get(codec.replace('_', '-'), codec)
    return None


def _find_python_codec(name):
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    codec = info.name.replace('-', '_')
    return codec if info._is_text_encoding and codec not in NO_CHARSETS else None


def decode_as_named(content, charset):
    """:return: a text read with the encoding that is named, and no other; None where that does not go"""
    codec = _find_python_codec(charset)
    return _read(content, codec) if codec else None


def decode(content, charset=None, hints=()):
    """Read the bytes of a text that says what its encoding is, or does not.

    :param charset: what the mail says, may be anything
    :param hints: encodings that other places of the mail name
    :return: pair (text, whether that is what was written: its encoding was named, or no other reads it)
    """
    if content.startswith((b'\xff\xfe', b'\xfe\xff')) and (text := _read(content, 'utf_16')) is not None:
        return text, True
    codec = find_codec(charset)
    if codec == 'iso2022_jp':
        text = _read(content, codec)
        return (text, True) if text is not None else _read_jis(content)
    for candidate in (
            codec, 'ascii', 'utf_8_sig', NEXT_CHARSETS.get(codec), *map(find_codec, itertools.islice(hints, 5))):
        if candidate and (text := _read(content, candidate)) is not None:
            return text, True
    if codec:
        # A single byte that was damaged on the way makes no other encoding.
        text = content.decode(codec, 'replace')
        if text.count('\N{REPLACEMENT CHARACTER}') * 20 <= len(text):
            return text, False
    return content.decode(_guess(content), 'replace'), False


def _read(content, codec):
    try:
        text = content.decode(codec)
    except (ValueError, LookupError):
        return None
    # Windows has letters where the standard has control characters.
    return None if codec == 'latin_1' and NOT_STORABLE.search(text) and _read(content, 'cp1252') else text


def _read_jis(content):
    """Japanese mail programs write signs of Windows (as ㈱ and ①) in an encoding that has none of them.

    :return: pair as :func:`decode`
    """
    text, is_sure = [], True
    for number, piece in enumerate(content.split(b'\x1b')):
        if number == 0:
            plain, piece = piece, b''
        elif piece[:2] in (b'$B', b'$@'):
            piece, plain = piece[2:], b''
        else:
            piece, plain = b'', piece[2:]
        if piece:
            wide = bytes(byte | 0x80 if 0x21 <= byte <= 0x7e else byte for byte in piece)
            found = _read(wide, 'euc_jis_2004')
            is_sure &= found is not None
            text.append(wide.decode('euc_jis_2004', 'replace') if found is None else found)
        text.append(plain.decode('ascii', 'replace'))
        is_sure &= plain.isascii()
    return ''.join(text), is_sure


def _guess(content):
    """:return: the codec in which bytes make sense that are no UTF-8"""
    sample = content[:MAX_SAMPLE]
    text = sample.decode('gb18030', 'replace')
    foreign = [char for char in text if not char.isascii()]
    # Many texts in Western European languages can be read as Chinese, with signs that hardly anybody uses.
    usual = sum(char != '\N{REPLACEMENT CHARACTER}' and _is_usual_chinese(char) for char in foreign)
    if 2 * usual > len(foreign):
        return 'gb18030'
    return 'cp1252' if _read(sample, 'cp1252') is not None else 'latin_1'


def _is_usual_chinese(char):
    try:
        return len(char.encode('gb2312')) == 2
    except UnicodeEncodeError:
        return False


def clean(text):
    """:return: the text without what cannot be stored"""
    return NOT_STORABLE.sub('', text)


def clean_line(text):
    """:return: the text on one line, without what cannot be stored"""
    return ' '.join(clean(text).split())


# -- headers --------------------------------------------------------------------------------------

def to_bytes(value):
    """:return: the bytes of the value of a header as the library gives it"""
    return str(value).encode('utf-8', 'surrogateescape')


def decode_header(value, limit=MAX_HEADER):
    """:return: a header, or a part of one, as people read it, on one line"""
    return read_header(value, limit)[0]


def read_date(value):
    """:return: datetime of a date header, None where it is none that can be kept"""
    try:
        date = parsedate_to_datetime(decode_header(value))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return date if 1900 <= date.year <= 9998 else None


def read_header(value, limit=MAX_HEADER):
    """Read a header, or a part of one.

    :return: pair (text on one line, whether that is what was written)
    """
    value = str(value)[:4 * limit]
    # Pieces with the encoding that they name. A letter of several bytes may be cut between two words.
    pieces, end = [], 0
    for match in itertools.islice(ENCODED_WORD.finditer(value), MAX_WORDS):
        between = value[end:match.start()]
        if between.strip() or not end:
            pieces.append([None, to_bytes(between)])
        content, charset = _decode_word(match[2], match[3]), match[1].lower()
        if pieces and pieces[-1][0] == charset:
            pieces[-1][1] += content
        else:
            pieces.append([charset, content])
        end = match.end()
    pieces.append([None, to_bytes(value[end:])])
    texts = [decode(content, charset) for charset, content in pieces]
    return clean_line(''.join(text for text, _sure in texts))[:limit], all(is_sure for _text, is_sure in texts)


def _decode_word(encoding, text):
    """:return: the bytes of an encoded word; the text where it is none"""
    try:
        if encoding in 'qQ':
            return quoprimime.header_decode(text).encode('latin_1')
        return base64mime.decode(text + '=' * (-len(text) % 4))
    except ValueError:
        return to_bytes(text)
