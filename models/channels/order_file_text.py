"""The text of a file: which encodings it can have, and whether that is certain.

Marks, valid UTF-8 and the zeros of UTF-16 tell it. Of the encodings of one language or another, several usually make a
text of the same bytes; then only what is written tells which: names of columns that are known, words of addresses, or
that all of them say the same. Otherwise a person has to look at it. Knows nothing of Odoo's models.
"""
import codecs
import io
import itertools
import unicodedata
from collections import namedtuple

import chardet

from .order_payload import clean_text

# As they are chosen, and what Python calls those that it knows by other names.
ENCODINGS = (
    'utf-8', 'gb18030', 'utf-16', 'cp1252', 'utf-16-le', 'utf-16-be', 'utf-32', 'big5', 'cp932', 'euc_jp',
    'iso2022_jp', 'euc_kr', 'cp1250', 'cp1251', 'cp1253', 'cp1254', 'cp1255', 'cp1256', 'cp1257', 'cp1258', 'cp874',
    'iso8859_2', 'iso8859_15', 'koi8_u', 'mac_roman', 'cp437', 'cp850', 'cp852', 'cp866',
)
_CODECS = {'big5': ('cp950', 'big5', 'big5hkscs'), 'euc_kr': ('cp949',), 'utf-8': ('utf-8-sig',)}

# Those that only what is written distinguishes, the more usual ones first.
_LEGACY = (
    'gb18030', 'cp1252', 'cp932', 'big5', 'euc_kr', 'cp1250', 'cp1251', 'cp1254', 'cp1253', 'euc_jp', 'cp1257',
    'cp1256', 'cp1255', 'cp874', 'cp1258', 'koi8_u', 'iso8859_2', 'cp852', 'cp850', 'cp866', 'mac_roman')
_MARKS = (
    (codecs.BOM_UTF8, 'utf-8'), (codecs.BOM_UTF32_LE, 'utf-32'), (codecs.BOM_UTF32_BE, 'utf-32'),
    (codecs.BOM_UTF16_LE, 'utf-16'), (codecs.BOM_UTF16_BE, 'utf-16'))

MAX_SAMPLE = 100 * 1000
# So many signs may be in a wrong place, of all that are not plain ASCII; with more than that a text makes no sense.
MAX_ODD = 0.1
MIN_SENSELESS = 0.25
# A file in UTF-8 with bad bytes has so many good signs for each; with fewer of them a person has to say so.
GOOD_FOR_BAD = 8

# What a file is read with, whether that is certain, and what comes into question otherwise, the likeliest first.
Found = namedtuple('Found', ('encoding', 'is_sure', 'candidates'))

# Signs of addresses, names of companies and columns of orders; a text of other signs than these is hardly read right.
_COMMON = {
    'gb18030': (
        "有限公司市区路号省县街道镇村楼室园大厦广州深圳上海北京南东西中国科技贸易商店工业集团电子实"
        "业江苏浙山河湖四川福建重庆天津订单编号客户名称数量价格金额日期备注交货产品型规"),
    'big5': (
        "有限公司市區路號省縣街道鎮村樓室園大廈臺台灣北中南高雄新竹桃香港九龍國際科技貿易商店工業集"
        "團電子實業訂單編號客戶名稱數量價格金額日期備註交貨產品型規段巷弄"),
    'cp932': (
        "株式会社有限市区町村県都府道東京大阪名古屋横浜京都福岡北海札幌商店工業電機製作所注文番号顧"
        "客数量単価金額日付備考品名納期"),
}
_COMMON['euc_jp'] = _COMMON['cp932']


def decode(content, encoding):
    """:return: text of a file, without the marks of its encoding, wherever they are; what cannot be read of a few signs
        is U+FFFD in it
    :raise UnicodeDecodeError: where it is not that encoding
    """
    for codec in _CODECS.get(encoding, (encoding,)):
        try:
            return _remove_marks(content.decode(codec))
        except UnicodeDecodeError as error:
            reason = error
    text = _remove_marks(content.decode(_CODECS.get(encoding, (encoding,))[0], 'replace'))
    if encoding.startswith(('utf-16', 'utf-32')):
        # Any two bytes are a sign of some language; where they are none of these, there are no lines.
        bad, good = text.count('\N{REPLACEMENT CHARACTER}'), text.count('\n') + text.count('\r')
    else:
        bad, good = _count_bad(_get_sample(content), encoding)
    if bad > good:
        raise reason
    return text


def _count_bad(sample, encoding):
    """:return: how many signs an encoding does not have, and how many it has, those of plain ASCII left out"""
    text = _read(sample, encoding, 'replace')
    bad = text.count('\N{REPLACEMENT CHARACTER}')
    return bad, sum(not char.isascii() for char in text) - bad


def _remove_marks(text):
    # Files that were put together have some in the middle.
    return text.replace('\ufeff', '')


def preview_text(content, encoding, count=3):
    """What a file would say in an encoding.

    :param count: number of lines
    :return: list of texts, the first lines that are not plain ASCII; None where it is not that encoding
    """
    if encoding.startswith(('utf-16', 'utf-32')):
        # Their lines are no lines of bytes.
        sample = content[:MAX_SAMPLE]
    else:
        sample = _get_sample(content)
        bad, good = _count_bad(sample, encoding)
        if bad > good:
            return None
    try:
        text = _remove_marks(_read(sample, encoding, 'replace'))
    except UnicodeError:
        return None
    lines = (line.strip() for line in text.splitlines() if not line.isascii())
    return [clean_text(line[:120]) for line in itertools.islice(lines, count)]


def read(content, is_known=None):
    """Read a file of which nobody has said how it is encoded; whatever it is, a person can see it.

    :return: pair (text, :class:`Found`), which is not certain where some of the text cannot be read
    """
    found = find_encoding(content, is_known)
    try:
        return decode(content, found.encoding), found
    except UnicodeDecodeError:
        text = content.decode(_CODECS.get(found.encoding, (found.encoding,))[0], 'replace')
        return _remove_marks(text), found._replace(is_sure=False)


def find_encoding(content, is_known=None):
    """Find out how a file is encoded.

    :param content: bytes
    :param is_known: function text → whether it has the name of a column that is not plain ASCII
    :return: :class:`Found`
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Found(encoding, _is_decodable(content, encoding), [encoding])
    if b'\x00' in content[:MAX_SAMPLE] and (found := _find_wide(content)):
        return found
    if b'\x1b$' in content[:MAX_SAMPLE] and _is_decodable(content[:MAX_SAMPLE], 'iso2022_jp'):
        return Found('iso2022_jp', True, ['iso2022_jp'])
    try:
        content.decode('utf-8')
        return Found('utf-8', True, ['utf-8'])
    except UnicodeDecodeError:
        sample = _get_sample(content)
    bad, good = _count_bad(sample, 'utf-8')
    if bad * GOOD_FOR_BAD <= good:
        return Found('utf-8', True, ['utf-8'])
    found = _find_legacy(sample, is_known)
    return found if bad > good else Found('utf-8', False, ['utf-8', *found.candidates])


def _find_wide(content):
    """:return: :class:`Found` of a text of two bytes a sign without a mark, else None"""
    sample = content[:MAX_SAMPLE - MAX_SAMPLE % 4]
    zeros = sample[::2].count(0), sample[1::2].count(0)
    for encoding, many, few in (('utf-16-le', zeros[1], zeros[0]), ('utf-16-be', zeros[0], zeros[1])):
        # Separators and ends of lines have zeros where nothing else is ASCII.
        if many > max(4 * few, len(sample) // 50) and _is_decodable(sample, encoding):
            text = _read(sample, encoding)
            if '\n' in text or '\r' in text:
                is_sure = not any(unicodedata.category(char) in ('Cn', 'Co') for char in text[:10000])
                return Found(encoding, is_sure, [encoding])
    return None


def _get_sample(content):
    """:return: bytes of the lines that are not plain ASCII, from the beginning"""
    lines, size = [], 0
    for line in io.BytesIO(content):
        if not line.isascii():
            lines.append(line[:MAX_SAMPLE])
            size += len(lines[-1])
            if size >= MAX_SAMPLE:
                break
    return b''.join(lines)


def _read(sample, encoding, errors='strict'):
    """:return: text of the beginning of a file, where a sign may be cut off"""
    for codec in _CODECS.get(encoding, (encoding,)):
        try:
            return codecs.getincrementaldecoder(codec)(errors).decode(sample)
        except UnicodeDecodeError as error:
            reason = error
    raise reason


def _is_decodable(sample, encoding):
    try:
        _read(sample, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _find_legacy(sample, is_known):
    texts = {encoding: _read(sample, encoding) for encoding in _LEGACY if _is_decodable(sample, encoding)}
    if not texts:
        # Not even that: a byte is bad, whatever it is.
        texts = {encoding: _read(sample, encoding, 'replace') for encoding in _LEGACY}
        return Found(*_suggest(texts, sample))
    odds = {encoding: _rate_oddness(text, encoding) for encoding, text in texts.items()}
    possible = [encoding for encoding in texts if odds[encoding] < MIN_SENSELESS]
    plausible = [encoding for encoding in possible if odds[encoding] <= MAX_ODD]
    known = [encoding for encoding in possible if is_known and is_known(texts[encoding])]
    for certain in (known, possible, [encoding for encoding in plausible if _is_usual(texts[encoding], encoding)]):
        if certain and len({texts[encoding] for encoding in certain}) == 1:
            return Found(certain[0], True, [certain[0]])
    return Found(*_suggest({encoding: texts[encoding] for encoding in sorted(texts, key=odds.get)}, sample))


def _suggest(texts, sample):
    """:return: (encoding, False, candidates), each text once"""
    candidates = list({text: encoding for encoding, text in reversed(texts.items())}.values())[::-1]
    guess = (chardet.detect(sample[:MAX_SAMPLE // 5])['encoding'] or '').lower()
    guess = guess.replace('windows-', 'cp').replace('-', '_')
    guess = {
        'cp949': 'euc_kr', 'shift_jis': 'cp932', 'gb2312': 'gb18030', 'iso_8859_1': 'cp1252'}.get(guess, guess)
    if guess in candidates:
        candidates.remove(guess)
        candidates.insert(0, guess)
    return candidates[0], False, candidates


def _is_usual(text, encoding):
    """:return: whether so many signs of a text are those of addresses that it is certainly read right"""
    signs = {char for char in itertools.islice(text, MAX_SAMPLE) if '\u3400' <= char <= '\u9fff'}
    common = signs.intersection(_COMMON.get(encoding, ()))
    # Of many different ones in a long text, these are not the half.
    return len(common) >= 5 and (len(common) >= 0.45 * len(signs) or len(common) >= 60)


def _rate_oddness(text, encoding):
    """:return: which part of the signs that are not plain ASCII can hardly be where it is"""
    odd = foreign = 0
    for before, char, after in zip(' ' + text, text, text[1:] + ' '):
        if not char.isascii():
            foreign += 1
            odd += _is_odd(before, char, after, encoding)
            if foreign >= MAX_SAMPLE // 5:
                break
    return odd / max(foreign, 1)


def _is_odd(before, char, after, encoding):
    category = unicodedata.category(char)
    if category in ('Cc', 'Cn', 'Co', 'Cs') or char == '\N{REPLACEMENT CHARACTER}':
        return 1
    inside = _is_latin(before) and _is_latin(after)
    script = _get_script(char)
    if script == 'latin':
        return _is_wrong_case(before, char)
    if script in ('han', 'kana', 'hangul'):
        return 1 if inside else _is_rare(char, script, encoding)
    if script:
        # Words are written in one script.
        return 1 if _is_latin(before) or _is_latin(after) else _is_wrong_case(before, char)
    if category in ('Lm', 'Mn', 'Mc') and encoding not in ('cp1255', 'cp1256', 'cp1258', 'cp874'):
        return 1
    # Signs that are no letters stand between words.
    return 1 if before.isalpha() and after.isalpha() and char not in '’·・–' else 0.3 if category == 'So' else 0


def _is_latin(char):
    return char.isascii() and char.isalpha() or _get_script(char) == 'latin'


def _is_wrong_case(before, char):
    return 1 if before.islower() and char.isupper() else 0


def _get_script(char):
    """:return: name of the script of a letter, None for other signs"""
    if char < '\u0250':
        return 'latin' if char.isalpha() and char not in 'ªº' else None
    if '\u0e00' <= char <= '\u0e7f':
        return 'thai'
    if not char.isalpha():
        return None
    for script, first, last in (
            ('latin', '\u1e00', '\u1eff'), ('greek', '\u0370', '\u03ff'), ('cyrillic', '\u0400', '\u04ff'),
            ('hebrew', '\u0590', '\u05ff'), ('arabic', '\u0600', '\u06ff'), ('kana', '\u3040', '\u30ff'),
            ('han', '\u3400', '\u9fff'), ('hangul', '\uac00', '\ud7a3'), ('kana', '\uff66', '\uff9f')):
        if first <= char <= last:
            return script
    return 'other'


def _is_rare(char, script, encoding):
    """:return: how little a sign is used in what is written in an encoding"""
    if script == 'kana':
        return (0.5 if char >= '\uff00' else 0) if encoding in ('cp932', 'euc_jp') else 1
    if script == 'hangul':
        try:
            return 0 if encoding == 'euc_kr' and char.encode('euc_kr') else 1
        except UnicodeEncodeError:
            return 1
    codec, first, last = {
        # The first level of each standard is what is used.
        'gb18030': ('gb2312', 0xb0, 0xd7), 'big5': ('big5', 0xa4, 0xc6), 'cp932': ('cp932', 0x88, 0x97),
        'euc_jp': ('euc_jp', 0xb0, 0xcf)}.get(encoding, ('euc_kr', 0, 0))
    try:
        lead = char.encode(codec)[0]
    except UnicodeEncodeError:
        return 1
    return 0 if first <= lead <= last else 0.5 if encoding != 'euc_kr' else 0.7
